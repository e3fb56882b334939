#include "http/url.h"

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
  const boost::core::string_view view(text.data(), text.size());
  const bool is_origin = text.starts_with('/');
  const auto parsed = is_origin ? urls::parse_origin_form(view) : urls::parse_absolute_uri(view);
  if (!parsed) return std::nullopt;
  if (!is_origin && !parsed->has_authority()) return std::nullopt;

  Target target;
  target.path = decoded(parsed->encoded_path(), false);
  if (target.path.empty()) target.path = "/";
  if (target.path.front() != '/' || has_nul(target.path)) return std::nullopt;
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
