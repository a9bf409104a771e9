#include "bus/unit_message.hpp"

#include <cerrno>
#include <stdexcept>

#include "util/number.hpp"

namespace jobctl {

namespace {

// sd-bus' builders return negative errno; thrown here so that a chain of them reads as one.
void check(int result) {
  if (result < 0) throw result;
}

struct Appender {
  sd_bus_message* message;

  void operator()(bool value) const { check(sd_bus_message_append(message, "v", "b", int{value})); }
  void operator()(int32_t value) const { check(sd_bus_message_append(message, "v", "i", value)); }
  void operator()(uint32_t value) const { check(sd_bus_message_append(message, "v", "u", value)); }
  void operator()(uint64_t value) const { check(sd_bus_message_append(message, "v", "t", value)); }
  void operator()(const std::string& value) const {
    check(sd_bus_message_append(message, "v", "s", value.c_str()));
  }
  void operator()(const std::vector<std::string>& value) const {
    check(sd_bus_message_open_container(message, 'v', "as"));
    check(append_strings(message, value));
    check(sd_bus_message_close_container(message));
  }
  void operator()(const CpuSet& value) const {
    std::vector<unsigned char> mask(static_cast<size_t>(value.cpus.back()) / 8 + 1);
    for (const int cpu : value.cpus)
      mask[static_cast<size_t>(cpu) / 8] |= static_cast<unsigned char>(1 << cpu % 8);
    check(sd_bus_message_open_container(message, 'v', "ay"));
    check(sd_bus_message_append_array(message, 'y', mask.data(), mask.size()));
    check(sd_bus_message_close_container(message));
  }
  void operator()(const TimerSpecs& value) const {
    check(sd_bus_message_open_container(message, 'v', "a(st)"));
    check(sd_bus_message_open_container(message, 'a', "(st)"));
    for (const auto& [spec, micros] : value.specs)
      check(sd_bus_message_append(message, "(st)", spec.c_str(), micros));
    for (int i = 0; i < 2; ++i) check(sd_bus_message_close_container(message));
  }
  void operator()(const CalendarSpec& value) const {
    check(sd_bus_message_append(message, "v", "a(ss)", 1, "OnCalendar", value.spec.c_str()));
  }
  void operator()(const ExitStatuses& value) const {
    check(sd_bus_message_open_container(message, 'v', "(aiai)"));
    check(sd_bus_message_open_container(message, 'r', "aiai"));
    for (const std::vector<int>* numbers : {&value.codes, &value.signals})
      check(sd_bus_message_append_array(message, 'i', numbers->data(), numbers->size() * sizeof(int)));
    for (int i = 0; i < 2; ++i) check(sd_bus_message_close_container(message));
  }
  void operator()(const ExecCommand& value) const {
    check(sd_bus_message_open_container(message, 'v', "a(sasb)"));
    check(sd_bus_message_open_container(message, 'a', "(sasb)"));
    check(sd_bus_message_open_container(message, 'r', "sasb"));
    check(sd_bus_message_append(message, "s", value.path.c_str()));
    check(append_strings(message, value.argv));
    check(sd_bus_message_append(message, "b", int{value.ignore_failure}));
    for (int i = 0; i < 3; ++i) check(sd_bus_message_close_container(message));
  }
};

void append_property(sd_bus_message* message, const Property& property) {
  check(sd_bus_message_open_container(message, 'r', "sv"));
  check(sd_bus_message_append(message, "s", property.name.c_str()));
  std::visit(Appender{message}, property.value);
  check(sd_bus_message_close_container(message));
}

void append_companions(sd_bus_message* message, const UnitPlan& plan) {
  check(sd_bus_message_open_container(message, 'a', "(sa(sv))"));
  for (const UnitPlan& companion : plan.companions) {
    check(sd_bus_message_open_container(message, 'r', "sa(sv)"));
    check(sd_bus_message_append(message, "s", companion.unit.c_str()));
    check(sd_bus_message_open_container(message, 'a', "(sv)"));
    for (const Property& property : companion.properties) append_property(message, property);
    check(sd_bus_message_close_container(message));
    check(sd_bus_message_close_container(message));
  }
  check(sd_bus_message_close_container(message));
}

}  // namespace

int append_strings(sd_bus_message* message, const std::vector<std::string>& strings) try {
  check(sd_bus_message_open_container(message, 'a', "s"));
  for (const std::string& text : strings) check(sd_bus_message_append(message, "s", text.c_str()));
  check(sd_bus_message_close_container(message));
  return 0;
} catch (int result) {
  return result;
}

int append_unit(sd_bus_message* message, const UnitPlan& plan, std::optional<pid_t> scope_pid) try {
  // Mode "fail": never disturb a unit that is there.
  check(sd_bus_message_append(message, "ss", plan.unit.c_str(), "fail"));
  check(sd_bus_message_open_container(message, 'a', "(sv)"));
  for (const Property& property : plan.properties) append_property(message, property);
  if (scope_pid)
    check(sd_bus_message_append(message, "(sv)", "PIDs", "au", 1, static_cast<uint32_t>(*scope_pid)));
  check(sd_bus_message_close_container(message));
  append_companions(message, plan);
  return 0;
} catch (int result) {
  return result;
}

namespace {

std::optional<std::string> bytes_in_hex(sd_bus_message* message) {
  const void* bytes = nullptr;
  size_t size = 0;
  if (sd_bus_message_read_array(message, 'y', &bytes, &size) < 0) return std::nullopt;
  std::string text;
  for (size_t i = 0; i < size; ++i) text += to_hex(static_cast<const unsigned char*>(bytes)[i]);
  return text;
}

}  // namespace

std::optional<std::string> variant_text(sd_bus_message* message) {
  char type = 0;
  const char* contents = nullptr;
  if (sd_bus_message_peek_type(message, &type, &contents) <= 0 || type != 'v' ||
      sd_bus_message_enter_container(message, 'v', contents) < 0)
    return std::nullopt;
  if (std::string_view(contents) == "ay") return bytes_in_hex(message);
  union {
    const char* text;
    uint64_t u64;
    uint32_t u32;
    int32_t i32;
  } value{};
  if (sd_bus_message_read_basic(message, contents[0], &value) < 0) return std::nullopt;
  switch (contents[0]) {
    case 's':
    case 'o':
      return value.text;
    case 't':
      return std::to_string(value.u64);
    case 'u':
      return std::to_string(value.u32);
    case 'i':
    case 'b':
      return std::to_string(value.i32);
    default:
      return std::nullopt;
  }
}

}  // namespace jobctl
