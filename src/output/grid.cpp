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

void print_border(std::ostream& out, const std::vector<size_t>& widths) {
  for (const size_t width : widths) out << '+' << std::string(width + 2, '-');
  out << "+\n";
}

void print_line(std::ostream& out, const Line& line, const std::vector<size_t>& widths) {
  for (size_t i = 0; i < line.size(); i++)
    out << "| " << line[i] << std::string(widths[i] - display_width(line[i]) + 1, ' ');
  out << "|\n";
}

}  // namespace

void print_grid(std::ostream& out, const Table& table) {
  const std::vector<Line> lines = lines_of(table);
  const std::vector<size_t> widths = widths_of(lines);
  print_border(out, widths);
  for (size_t i = 0; i < lines.size(); i++) {
    print_line(out, lines[i], widths);
    if (i == 0 || i + 1 == lines.size()) print_border(out, widths);
  }
}

}  // namespace jobctl
