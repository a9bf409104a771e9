#include "job/alert.hpp"

#include <algorithm>
#include <array>

#include "job/record.hpp"
#include "job/url.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr std::string_view exec = "exec:";
constexpr std::string_view mail = "mail:";
constexpr std::array<const char*, 3> events = {"end", "failure", "unhealthy"};

[[noreturn]] void refuse(const std::string& what, const std::string& text, const std::string& why) {
  throw Error(Errc::usage, what + ": \"" + printable_ascii(text, 80) + "\" " + why);
}

AlertTarget parse_exec(const std::string& text, const std::string& what) {
  const std::string command = text.substr(exec.size());
  const auto words = shell_split(command);
  if (!words) refuse(what, text, "has a quote that isn't closed");
  if (words->empty() || words->front().empty()) refuse(what, text, "has no command");
  return {AlertKind::exec, command};
}

// Of an address as RFC 5322 writes it without quotes and comments; one that began with - would be an option.
AlertTarget parse_mail(const std::string& text, const std::string& what) {
  const std::string address = text.substr(mail.size());
  const auto is_plain = [](char c) {
    return c > ' ' && c <= '~' && std::string_view("\"(),:;<>[\\]|").find(c) == std::string_view::npos;
  };
  if (address.empty() || address.front() == '-' || !std::all_of(address.begin(), address.end(), is_plain))
    refuse(what, text, "is not an address (for example mail:alice@example.org)");
  return {AlertKind::mail, address};
}

}  // namespace

AlertTarget parse_alert_target(const std::string& text, const std::string& what, const std::string& others) {
  if (text == "notify") return {AlertKind::notify, ""};
  if (text == "mail") return {AlertKind::mail, ""};
  if (text.starts_with(mail)) return parse_mail(text, what);
  if (text.starts_with(exec)) return parse_exec(text, what);
  if (!is_http(text))
    refuse(what, text, "is none of " + others + "exec:COMMAND, notify, mail[:ADDRESS], http://…, https://…");
  check_url(text, what);
  return {AlertKind::webhook, text};
}

std::string alert_target_text(const AlertTarget& target) {
  switch (target.kind) {
    case AlertKind::exec:
      return std::string(exec) + target.text;
    case AlertKind::mail:
      return target.text.empty() ? "mail" : std::string(mail) + target.text;
    case AlertKind::webhook:
      return target.text;
    case AlertKind::notify:
      break;
  }
  return "notify";
}

std::string alert_target_name(const AlertTarget& target) {
  return target.kind == AlertKind::webhook ? url_origin(target.text) : alert_target_text(target);
}

const char* to_string(AlertEvent event) {
  return events[static_cast<size_t>(event)];
}

std::optional<AlertEvent> parse_alert_event(const std::string& text) {
  for (size_t i = 0; i < events.size(); ++i)
    if (text == events[i]) return static_cast<AlertEvent>(i);
  return std::nullopt;
}

std::vector<AlertTarget> alert_targets(const JobSpec& spec, AlertEvent event) {
  if (event == AlertEvent::end) return spec.alerts.on_end;
  if (event == AlertEvent::failure) return spec.alerts.on_failure;
  std::vector<AlertTarget> targets = spec.alerts.on_unhealthy;
  if (spec.health.action() == OnUnhealthy::alert)
    targets.insert(targets.end(), spec.alerts.on_failure.begin(), spec.alerts.on_failure.end());
  return targets;
}

namespace {

void begin(std::vector<Alert>& alerts, const JobSpec& spec, const Event& event, AlertEvent what,
           size_t index) {
  const std::vector<AlertTarget> targets = alert_targets(spec, what);
  if (index < targets.size()) alerts.push_back({what, index, targets[index], event.time, {}, ""});
}

// The last one that was asked for: a job may become unhealthy more than once.
void conclude(std::vector<Alert>& alerts, const Event& event, AlertEvent what, size_t index) {
  const auto asked = std::find_if(alerts.rbegin(), alerts.rend(), [&](const Alert& alert) {
    return alert.event == what && alert.index == index;
  });
  if (asked == alerts.rend()) return;
  asked->sent = event.number("ok") == 1;
  asked->text = event.text("text");
}

}  // namespace

std::vector<Alert> alerts_of(const Record& record, int run) {
  std::vector<Alert> alerts;
  for (const Event& event : record.events) {
    const auto what = parse_alert_event(event.text("event"));
    const auto index = event.number("target");
    if (event.run != run || !what || !index || *index < 0) continue;
    if (event.kind == "alerting") begin(alerts, record.spec, event, *what, static_cast<size_t>(*index));
    if (event.kind == "alerted") conclude(alerts, event, *what, static_cast<size_t>(*index));
  }
  return alerts;
}

}  // namespace jobctl
