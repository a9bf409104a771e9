#include "output/table.hpp"

#include "util/display.hpp"

namespace jobctl {

namespace {

struct ToText {
  const Style& style;

  std::string operator()(Nothing) const { return "-"; }
  std::string operator()(std::string&& text) const { return visible(std::move(text)); }
  std::string operator()(Colored&& cell) const { return visible(std::move(cell.text)); }
  std::string operator()(Path&& cell) const { return visible(short_path(std::move(cell.path), style)); }
  std::string operator()(Uuid&& cell) const { return visible(std::move(cell.uuid)); }
  std::string operator()(int64_t number) const { return std::to_string(number); }
  std::string operator()(Duration duration) const { return to_hms(duration); }
};

}  // namespace

std::string cell_text(Cell cell, const Style& style) {
  return std::visit(ToText{style}, std::move(cell));
}

Cell text_or_nothing(const std::string& text) {
  return text.empty() ? Cell(Nothing{}) : Cell(text);
}

Color cell_color(const Cell& cell) {
  const auto* colored = std::get_if<Colored>(&cell);
  return colored == nullptr ? Color::none : colored->color;
}

}  // namespace jobctl
