#include "http/url.h"

#include <algorithm>

#include <boost/url/authority_view.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

namespace stargate::http {

namespace urls = boost::urls;

namespace {

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

std::string decoded(urls::pct_string_view text, bool plus_is_space) {
  urls::encoding_opts options;
  options.space_as_plus = plus_is_space;
  std::string result;
  result.reserve(text.decoded_size());
  text.decode(options, urls::string_token::append_to(result));
  return result;
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
  std::string with_slash;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    const auto host = urls::parse_authority({text.data(), end});
    if (!host || host->encoded_host().empty()) return std::nullopt;
    text.remove_prefix(end);
    if (text.starts_with('/')) break;
    with_slash = "/" + std::string(text);
    text = with_slash;
    break;
  }
  if (!text.starts_with('/')) return std::nullopt;
  const auto parsed = urls::parse_origin_form({text.data(), text.size()});
  if (!parsed) return std::nullopt;

  Target target;
  target.path = decoded(parsed->encoded_path(), false);
  if (has_nul(target.path)) return std::nullopt;
  if (!parsed->has_query()) return target;
  for (const auto& part : parsed->encoded_params()) {
    if (part.key.empty() && !part.has_value) continue;
    std::string key = decoded(part.key, true);
    std::string value = decoded(part.value, true);
    if (has_nul(key) || has_nul(value)) return std::nullopt;
    target.query.emplace_back(std::move(key), std::move(value));
  }
  return target;
}

std::string percent_encode(std::string_view text) {
  return urls::encode(urls::string_view(text.data(), text.size()), urls::unreserved_chars);
}

std::optional<std::string> percent_decode(std::string_view text) {
  const auto checked = urls::make_pct_string_view({text.data(), text.size()});
  if (!checked) return std::nullopt;
  std::string result = decoded(*checked, false);
  if (has_nul(result)) return std::nullopt;
  return result;
}

}  // namespace stargate::http
