#include "output/grid.hpp"

#include <algorithm>

#include "util/display.hpp"

namespace jobctl {

namespace {

using Line = std::vector<std::string>;

std::vector<Line> lines_of(const Table& table) {
  std::vector<Line> lines(1);
  for (const Column& column : table.columns) lines[0].push_back(column.header);
  for (const auto& row : table.rows) {
    Line line;
    for (const Cell& cell : row) line.push_back(cell_text(cell, Style{}));
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<size_t> widths_of(const std::vector<Line>& lines) {
  std::vector<size_t> widths(lines[0].size());
  for (const Line& line : lines)
    for (size_t i = 0; i < line.size(); i++) widths[i] = std::max(widths[i], display_width(line[i]));
  return widths;
}

std::string border(const std::vector<size_t>& widths) {
  std::string line;
  for (const size_t width : widths) line += '+' + std::string(width + 2, '-');
  return line + "+\n";
}

std::string framed(const Line& line, const std::vector<size_t>& widths) {
  std::string text;
  for (size_t i = 0; i < line.size(); i++)
    text += "| " + line[i] + std::string(widths[i] - display_width(line[i]) + 1, ' ');
  return text + "|\n";
}

}  // namespace

std::string to_grid(const Table& table) {
  const std::vector<Line> lines = lines_of(table);
  const std::vector<size_t> widths = widths_of(lines);
  std::string text = border(widths);
  for (size_t i = 0; i < lines.size(); i++) {
    text += framed(lines[i], widths);
    if (i == 0 || i + 1 == lines.size()) text += border(widths);
  }
  return text;
}

}  // namespace jobctl
