#include "output/text.hpp"

#include <algorithm>
#include <map>

#include "output/prefix.hpp"
#include "util/display.hpp"

namespace jobctl {

namespace {

constexpr size_t gap = 2;
constexpr size_t least_cut = 8;  // no column is cut narrower than this

struct ShownCell {
  std::string text;
  size_t width = 0;
  Color color = Color::none;
};

ShownCell shown(std::string text, Color color = Color::none) {
  const size_t width = display_width(text);
  return {std::move(text), width, color};
}

struct ShownColumn {
  std::vector<ShownCell> cells;  // the first is the header
  size_t width = 0;
  Align align = Align::left;
  bool dropped = false;

  void measure() {
    width = 0;
    for (const ShownCell& cell : cells) width = std::max(width, cell.width);
  }
};

class Layout {
 public:
  Layout(Table&& table, const Style& style) : table_(std::move(table)), style_(style) {
    for (size_t i = 0; i < table_.columns.size(); i++) columns_.push_back(show(i));
  }

  void fit() {
    if (style_.width == 0) return;
    for (const Concession& concession : table_.concessions)
      if (total_width() > style_.width) concede(concession);
  }

  std::string text() const {
    const bool fitted = style_.width > 0 && !table_.concessions.empty();
    std::string text;
    text.reserve((total_width() + 1) * (table_.rows.size() + 1));
    for (size_t row = 0; row <= table_.rows.size(); row++)
      append_line(text, row, fitted ? style_.width : std::string::npos);
    return text;
  }

 private:
  ShownColumn show(size_t index) {
    ShownColumn column;
    column.align = table_.columns[index].align;
    column.cells.reserve(table_.rows.size() + 1);
    column.cells.push_back(shown(table_.columns[index].header));
    for (auto& row : table_.rows) {
      const Color color = cell_color(row[index]);
      column.cells.push_back(shown(cell_text(std::move(row[index]), style_), color));
    }
    column.measure();
    return column;
  }

  size_t total_width() const {
    size_t width = 0;
    for (const ShownColumn& column : columns_)
      if (!column.dropped) width += column.width + (width == 0 ? 0 : gap);
    return width;
  }

  void concede(const Concession& concession) {
    ShownColumn& column = columns_[concession.column];
    switch (concession.kind) {
      case Concession::shorten:
        shorten(column);
        break;
      case Concession::drop:
        column.dropped = true;
        break;
      case Concession::cut:
        cut(column, total_width() - style_.width);
        break;
    }
  }

  static void shorten(ShownColumn& column) {
    std::map<std::string, std::string> prefixes;  // one may stand in several rows
    for (size_t i = 1; i < column.cells.size(); i++) prefixes[column.cells[i].text];
    std::vector<std::string> uuids;
    for (const auto& [uuid, prefix] : prefixes) uuids.push_back(uuid);
    const std::vector<std::string> shortest = unique_prefixes(uuids);
    for (size_t i = 0; i < uuids.size(); i++) prefixes[uuids[i]] = shortest[i];
    for (size_t i = 1; i < column.cells.size(); i++) column.cells[i] = shown(prefixes[column.cells[i].text]);
    column.measure();
  }

  static void cut(ShownColumn& column, size_t excess) {
    const size_t width = std::max(least_cut, column.width - std::min(excess, column.width));
    for (ShownCell& cell : column.cells)
      if (cell.width > width) cell = shown(cut_to_width(cell.text, width), cell.color);
    column.measure();
  }

  void append(std::string& text, const ShownCell& cell, size_t room) const {
    if (style_.colored || cell.width > room)
      text += painted(cut_to_width(cell.text, room), cell.color, style_);
    else
      text += cell.text;
  }

  // The cells of a row side by side. In a terminal that is too narrow for all concessions, the line is cut.
  void append_line(std::string& text, size_t row, size_t room) const {
    size_t spaces = 0;  // due before the next cell; none at the end of a line
    for (const ShownColumn& column : columns_) {
      if (column.dropped) continue;
      const ShownCell& cell = column.cells[row];
      const size_t padding = column.width - cell.width;
      if (column.align == Align::right) spaces += padding;
      if (room <= spaces) break;
      if (!cell.text.empty()) {
        text.append(spaces, ' ');
        room -= spaces;
        append(text, cell, room);
        room -= std::min(room, cell.width);
        spaces = 0;
      }
      spaces += gap + (column.align == Align::left ? padding : 0);
    }
    text += '\n';
  }

  Table table_;
  const Style& style_;
  std::vector<ShownColumn> columns_;
};

}  // namespace

std::string to_text(Table table, const Style& style) {
  Layout layout(std::move(table), style);
  layout.fit();
  return layout.text();
}

}  // namespace jobctl
