// sd-bus(3), loaded when it is used, and its objects owned.
#pragma once

#include <memory>

#include <systemd/sd-bus.h>

#include "util/lazy_library.hpp"

namespace jobctl {

JOBCTL_LAZY(libsystemd, sd_bus_call);
JOBCTL_LAZY(libsystemd, sd_bus_call_async);
JOBCTL_LAZY(libsystemd, sd_bus_call_method);
JOBCTL_LAZY(libsystemd, sd_bus_close_unref);
JOBCTL_LAZY(libsystemd, sd_bus_error_free);
JOBCTL_LAZY(libsystemd, sd_bus_error_has_name);
JOBCTL_LAZY(libsystemd, sd_bus_error_is_set);
JOBCTL_LAZY(libsystemd, sd_bus_flush);
JOBCTL_LAZY(libsystemd, sd_bus_get_events);
JOBCTL_LAZY(libsystemd, sd_bus_get_fd);
JOBCTL_LAZY(libsystemd, sd_bus_get_timeout);
JOBCTL_LAZY(libsystemd, sd_bus_is_bus_client);
JOBCTL_LAZY(libsystemd, sd_bus_is_open);
JOBCTL_LAZY(libsystemd, sd_bus_match_signal_async);
JOBCTL_LAZY(libsystemd, sd_bus_message_append);
JOBCTL_LAZY(libsystemd, sd_bus_message_append_array);
JOBCTL_LAZY(libsystemd, sd_bus_message_close_container);
JOBCTL_LAZY(libsystemd, sd_bus_message_enter_container);
JOBCTL_LAZY(libsystemd, sd_bus_message_get_error);
JOBCTL_LAZY(libsystemd, sd_bus_message_new_method_call);
JOBCTL_LAZY(libsystemd, sd_bus_message_open_container);
JOBCTL_LAZY(libsystemd, sd_bus_message_peek_type);
JOBCTL_LAZY(libsystemd, sd_bus_message_read);
JOBCTL_LAZY(libsystemd, sd_bus_message_read_array);
JOBCTL_LAZY(libsystemd, sd_bus_message_read_basic);
JOBCTL_LAZY(libsystemd, sd_bus_message_ref);
JOBCTL_LAZY(libsystemd, sd_bus_message_unref);
JOBCTL_LAZY(libsystemd, sd_bus_new);
JOBCTL_LAZY(libsystemd, sd_bus_open_system);
JOBCTL_LAZY(libsystemd, sd_bus_path_encode);
JOBCTL_LAZY(libsystemd, sd_bus_process);
JOBCTL_LAZY(libsystemd, sd_bus_set_address);
JOBCTL_LAZY(libsystemd, sd_bus_set_bus_client);
JOBCTL_LAZY(libsystemd, sd_bus_slot_unref);
JOBCTL_LAZY(libsystemd, sd_bus_start);

template <auto& Function>
struct Unref {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Function(pointer);
  }
};

using BusPtr = std::unique_ptr<sd_bus, Unref<sd_bus_close_unref>>;
using SlotPtr = std::unique_ptr<sd_bus_slot, Unref<sd_bus_slot_unref>>;
using MessagePtr = std::unique_ptr<sd_bus_message, Unref<sd_bus_message_unref>>;

struct BusError {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  BusError() = default;
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;
  ~BusError() { sd_bus_error_free(&error); }
};

}  // namespace jobctl
