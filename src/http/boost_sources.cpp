// Those sources of Boost's that the room uses, compiled once.

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
