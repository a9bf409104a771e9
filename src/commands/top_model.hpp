// What `jobctl top` shows and what its keys mean, without a terminal and without jobs that live.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "output/style.hpp"
#include "output/top_table.hpp"
#include "terminal/keys.hpp"
#include "terminal/protocol.hpp"

namespace jobctl {

// What a key asks for that the model can't do itself.
enum class TopWish { nothing, quit, attach, kill, restart, pause, resume };

// Of one that a verb of jobctl fulfils, beside attach: "kill".
const char* verb_of(TopWish wish);

// A wish, and the job that it is for.
struct TopRequest {
  TopWish wish = TopWish::nothing;
  std::string uuid;
  std::string name;
};

class TopModel {
 public:
  explicit TopModel(TopColumn column) : order_{column} {}

  void take(std::vector<TopRow> rows, Time now);
  void resize(WindowSize size);

  // Wishes that end something come only after they have been confirmed, and for the job that was asked about,
  // whatever the table has become meanwhile.
  TopRequest press(const Key& key);

  // In the status line: until the next key, and until the next trouble or "".
  void say(std::string message) { message_ = std::move(message); }
  void note_trouble(std::string trouble) { trouble_ = std::move(trouble); }

  const TopRow* selected() const;

  // One for each row of the screen, none wider than it; of text that came from jobs nothing does anything to
  // a terminal. They may end with colours, never without the end of them.
  std::vector<std::string> lines(const Style& style) const;

 private:
  TopRequest answer(const Key& key);
  TopRequest letter(char letter);
  TopRequest ask(TopWish wish);
  TopRequest for_selected(TopWish wish) const;
  void order_by(TopColumn column);
  void move_order(int columns);
  void select(ptrdiff_t index);
  void arrange();
  size_t page() const;
  std::vector<std::string> table(const Style& style) const;
  std::string status(const Style& style) const;

  TopOrder order_;
  std::vector<TopRow> rows_;
  std::vector<const TopRow*> sorted_;
  Time now_{};
  WindowSize size_{24, 80};
  std::string selected_;  // UUID
  size_t cursor_ = 0;     // where it is among the sorted
  bool follows_ = false;  // the cursor stays with its job; before it was moved it stays at the top
  size_t first_ = 0;      // row that is shown first
  bool help_ = false;
  TopRequest question_;  // waits for y
  std::string message_;
  std::string trouble_;
};

}  // namespace jobctl
