#include "commands/top_model.hpp"

#include <algorithm>
#include <array>

#include "output/text.hpp"
#include "output/words.hpp"
#include "util/display.hpp"
#include "util/text.hpp"

namespace jobctl {

namespace {

constexpr size_t lines_without_rows = 3;  // summary, headers, status

constexpr const char* hint = "q quit  h keys  a attach  k kill  r restart  p pause";

constexpr std::array<const char*, 12> help_lines = {
    "  up, down, page up, page down, home, end   select a job",
    "  a, Enter   attach to it (Ctrl+P Ctrl+Q comes back)",
    "  k          kill it; asks before",
    "  r          restart it; asks before",
    "  p          pause it, or let it go on",
    "",
    "  c m i      by CPU, memory, I/O",
    "  n t        by name, runtime",
    "  left right by the column beside it",
    "  R          the other way round",
    "",
    "  h, ?       these keys          q, Ctrl+C   quit",
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  lines.pop_back();
  return lines;
}

// Over the whole width, whatever is in it.
std::string reversed(const std::string& line, size_t width) {
  const size_t used = display_width(line);
  return "\x1b[7m" + line + std::string(width - std::min(used, width), ' ') + "\x1b[0m";
}

}  // namespace

const char* verb_of(TopWish wish) {
  switch (wish) {
    case TopWish::kill:
      return "kill";
    case TopWish::restart:
      return "restart";
    case TopWish::pause:
      return "pause";
    default:
      return "resume";
  }
}

void TopModel::take(std::vector<TopRow> rows, Time now) {
  rows_ = std::move(rows);
  now_ = now;
  arrange();
}

void TopModel::resize(WindowSize size) {
  if (size.rows == 0 || size.columns == 0 || size == size_) return;
  size_ = size;
  arrange();
}

const TopRow* TopModel::selected() const {
  return cursor_ < sorted_.size() ? sorted_[cursor_] : nullptr;
}

size_t TopModel::page() const {
  return size_.rows > lines_without_rows ? size_.rows - lines_without_rows : 1;
}

// Sorts, finds the selected job again, and moves the window over the rows to where it is.
void TopModel::arrange() {
  sorted_ = sorted(rows_, order_, now_);
  const auto found = std::find_if(sorted_.begin(), sorted_.end(), [&](const TopRow* row) {
    return follows_ && row->job.spec.uuid == selected_;
  });
  if (found != sorted_.end()) cursor_ = static_cast<size_t>(found - sorted_.begin());
  if (!follows_) cursor_ = 0;
  select(static_cast<ptrdiff_t>(cursor_));
}

void TopModel::select(ptrdiff_t index) {
  const ptrdiff_t last = static_cast<ptrdiff_t>(sorted_.size()) - 1;
  cursor_ = static_cast<size_t>(std::max<ptrdiff_t>(0, std::min(index, last)));
  selected_ = sorted_.empty() ? "" : sorted_[cursor_]->job.spec.uuid;
  const size_t hidden = sorted_.size() - std::min(sorted_.size(), page());
  first_ = std::clamp(first_, cursor_ + 1 - std::min(cursor_ + 1, page()), cursor_);
  first_ = std::min(first_, hidden);
}

void TopModel::order_by(TopColumn column) {
  order_ = {column};
  arrange();
}

void TopModel::move_order(int columns) {
  const auto column = static_cast<size_t>(order_.column) + top_columns + static_cast<size_t>(columns);
  order_by(static_cast<TopColumn>(column % top_columns));
}

TopRequest TopModel::for_selected(TopWish wish) const {
  const TopRow* row = selected();
  if (row == nullptr) return {};
  return {wish, row->job.spec.uuid, shown_name(row->job.spec)};
}

TopRequest TopModel::ask(TopWish wish) {
  question_ = for_selected(wish);
  return {};
}

TopRequest TopModel::answer(const Key& key) {
  const TopRequest asked = std::exchange(question_, {});
  if (key == Key{KeyCode::character, 'y'} || key == Key{KeyCode::character, 'Y'}) return asked;
  message_ = "did not " + std::string(verb_of(asked.wish)) + " " + asked.name;
  return {};
}

TopRequest TopModel::press(const Key& key) {
  message_.clear();
  if (question_.wish != TopWish::nothing) return answer(key);
  if (std::exchange(help_, false) && key != Key{KeyCode::character, 'q'}) return {};
  const auto cursor = static_cast<ptrdiff_t>(cursor_), step = static_cast<ptrdiff_t>(page());
  const auto move_to = [&](ptrdiff_t index) {
    follows_ = true;
    select(index);
    return TopRequest{};
  };
  switch (key.code) {
    case KeyCode::up:
      return move_to(cursor - 1);
    case KeyCode::down:
      return move_to(cursor + 1);
    case KeyCode::page_up:
      return move_to(cursor - step);
    case KeyCode::page_down:
      return move_to(cursor + step);
    case KeyCode::home:
      move_to(0);
      follows_ = false;
      return {};
    case KeyCode::end:
      return move_to(static_cast<ptrdiff_t>(sorted_.size()));
    case KeyCode::left:
      move_order(-1);
      return {};
    case KeyCode::right:
      move_order(1);
      return {};
    case KeyCode::enter:
      return for_selected(TopWish::attach);
    case KeyCode::escape:
      return {};
    case KeyCode::character:
      return letter(key.character);
  }
  return {};
}

TopRequest TopModel::letter(char letter) {
  const TopRow* row = selected();
  switch (letter) {
    case 'q':
      return {TopWish::quit, "", ""};
    case 'h':
    case '?':
      help_ = true;
      break;
    case 'a':
      return for_selected(TopWish::attach);
    case 'k':
      return ask(TopWish::kill);
    case 'r':
      return ask(TopWish::restart);
    case 'p':
      return for_selected(row && row->job.state == State::paused ? TopWish::resume : TopWish::pause);
    case 'c':
      order_by(TopColumn::cpu);
      break;
    case 'm':
      order_by(TopColumn::memory);
      break;
    case 'i':
      order_by(TopColumn::read);
      break;
    case 'n':
      order_by(TopColumn::name);
      break;
    case 't':
      order_by(TopColumn::runtime);
      break;
    case 'R':
      order_.reversed = !order_.reversed;
      arrange();
      break;
    default:
      break;
  }
  return {};
}

std::vector<std::string> TopModel::table(const Style& style) const {
  const size_t last = std::min(sorted_.size(), first_ + page());
  const std::vector<const TopRow*> shown(sorted_.begin() + static_cast<ptrdiff_t>(first_),
                                         sorted_.begin() + static_cast<ptrdiff_t>(last));
  Table table = top_table(shown, order_, now_);
  const size_t at_cursor = cursor_ - first_;
  // Its colours would end the reversal.
  if (at_cursor < table.rows.size())
    for (Cell& cell : table.rows[at_cursor])
      if (auto* colored = std::get_if<Colored>(&cell)) cell = std::string(colored->text);
  std::vector<std::string> lines = lines_of(to_text(std::move(table), style));
  if (at_cursor + 1 < lines.size()) lines[at_cursor + 1] = reversed(lines[at_cursor + 1], style.width);
  return lines;
}

std::string TopModel::status(const Style& style) const {
  if (question_.wish != TopWish::nothing) {
    const std::string text = std::string(verb_of(question_.wish)) + " " + question_.name + " " +
                             question_.uuid.substr(0, 8) + "? [y/N] ";
    return painted(cut_to_width(text, style.width), Color::yellow, style);
  }
  if (!trouble_.empty()) return painted(cut_to_width(visible(trouble_), style.width), Color::red, style);
  const bool idle = message_.empty();
  return painted(cut_to_width(idle ? hint : visible(message_), style.width), idle ? Color::dim : Color::none,
                 style);
}

std::vector<std::string> TopModel::lines(const Style& style) const {
  Style fitted = style;
  fitted.width = size_.columns;
  std::vector<std::string> lines = {cut_to_width(top_summary(rows_), fitted.width)};
  if (help_)
    for (const char* line : help_lines) lines.push_back(cut_to_width(line, fitted.width));
  else
    for (std::string& line : table(fitted)) lines.push_back(std::move(line));
  lines.resize(size_.rows > 1 ? size_.rows - 1 : 0);
  lines.push_back(status(fitted));
  return lines;
}

}  // namespace jobctl
