// Owned sd-bus(3) objects.
#pragma once

#include <memory>

#include <systemd/sd-bus.h>

namespace jobctl {

template <auto Function>
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
