// A table of typed cells: what is shown, not how. Printers (text.hpp, grid.hpp) decide about spelling, width
// and colour, so that every format shows the same data.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "output/style.hpp"
#include "util/time.hpp"

namespace jobctl {

struct Nothing {};  // shown as "-"

struct Colored {
  std::string text;
  Color color;
};

struct Path {
  std::string path;  // absolute; people see ~ for their home directory
};

struct Uuid {
  std::string uuid;  // may be shown as its shortest unique prefix
};

// Text and paths may hold any bytes; printers make them harmless. Durations are shown as HH:MM:SS.
using Cell = std::variant<Nothing, std::string, Colored, Path, Uuid, int64_t, Duration>;

// "" is Nothing.
Cell text_or_nothing(const std::string& text);

enum class Align { left, right };

struct Column {
  std::string header;
  Align align = Align::left;
};

// What a column gives up so that lines fit the terminal.
struct Concession {
  enum Kind {
    shorten,  // UUIDs become their shortest prefixes that are unique in the table
    drop,     // the column is left out
    cut,      // long cells end with "…"
  };
  Kind kind;
  size_t column;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;    // as many cells each as there are columns
  std::vector<Concession> concessions{};  // in this order, as far as needed; none: the table is never fitted

  template <class... Cells>
  void add_row(Cells&&... cells) {
    std::vector<Cell>& row = rows.emplace_back();
    row.reserve(sizeof...(cells));
    (row.emplace_back(std::forward<Cells>(cells)), ...);
  }
};

// The cell as one harmless line, and its colour.
std::string cell_text(Cell cell, const Style& style);
Color cell_color(const Cell& cell);

}  // namespace jobctl
