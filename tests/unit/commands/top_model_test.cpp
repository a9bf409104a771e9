#include "commands/top_model.hpp"

#include <gmock/gmock.h>

#include "unit/output/jobs.hpp"
#include "util/display.hpp"

namespace jobctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const Style plain;
const Style colored{.colored = true, .width = 80, .home = ""};

TopRow row(const std::string& name, double cpu) {
  TopRow row{test::running_job(name + "00000-5ed5-4cfd-9a75-a87e4f420b27", name), {cpu, {}, {}, {}}};
  row.job.usage.emplace();
  return row;
}

class Top : public testing::Test {
 protected:
  Top() { model.take({row("aaa", 1), row("bbb", 3), row("ccc", 2)}, test::start); }

  TopRequest press(char character) { return model.press({KeyCode::character, character}); }
  TopRequest press(KeyCode code) { return model.press({code}); }
  std::string selected() const { return model.selected() ? model.selected()->job.spec.name : ""; }
  std::string status() const { return model.lines(plain).back(); }
  // The names in the table, from above.
  std::string shown() const {
    std::string names;
    for (const std::string& line : model.lines(plain))
      for (const char* name : {"aaa", "bbb", "ccc"})
        if (line.find(std::string(name) + " ") != std::string::npos) names += std::string(name).substr(0, 1);
    return names;
  }

  TopModel model{TopColumn::cpu};
};

TEST_F(Top, KeysSort) {
  EXPECT_EQ(shown(), "bca");
  press('n');
  EXPECT_EQ(shown(), "abc");
  press('R');
  EXPECT_EQ(shown(), "cba");
  press('c');
  EXPECT_EQ(shown(), "bca") << "not reversed any more";
  press(KeyCode::left);
  press(KeyCode::left);
  press(KeyCode::left);
  EXPECT_EQ(shown(), "abc") << "by name";
  EXPECT_THAT(model.lines(plain)[1], HasSubstr("NAME↓"));
  press(KeyCode::left);
  EXPECT_THAT(model.lines(plain)[1], HasSubstr("PORTS↓")) << "round the edge";
}

TEST_F(Top, TheSelectionStaysWithItsJob) {
  EXPECT_EQ(selected(), "bbb");
  press(KeyCode::down);
  EXPECT_EQ(selected(), "ccc");
  model.take({row("aaa", 9), row("bbb", 3), row("ccc", 2)}, test::start);
  EXPECT_EQ(shown(), "abc");
  EXPECT_EQ(selected(), "ccc");
  model.take({row("aaa", 9), row("bbb", 3)}, test::start);
  EXPECT_EQ(selected(), "bbb") << "the place where it was";
  press(KeyCode::down);
  EXPECT_EQ(selected(), "bbb") << "there is none below";
  press(KeyCode::home);
  model.take({row("aaa", 1), row("bbb", 3)}, test::start);
  EXPECT_EQ(selected(), "bbb") << "of the first one: the place";
}

TEST_F(Top, WithoutJobsThereIsNothingToSelect) {
  model.take({}, test::start);
  for (const KeyCode code : {KeyCode::down, KeyCode::up, KeyCode::end, KeyCode::page_down, KeyCode::enter})
    EXPECT_EQ(press(code).wish, TopWish::nothing);
  for (const char letter : {'a', 'k', 'y', 'r', 'y', 'p'}) EXPECT_EQ(press(letter).wish, TopWish::nothing);
  EXPECT_EQ(model.lines(plain).size(), 24U);
}

TEST_F(Top, KillsOnlyAfterAYes) {
  EXPECT_EQ(press('k').wish, TopWish::nothing);
  EXPECT_THAT(status(), StartsWith("kill bbb bbb00000? [y/N]"));
  const TopRequest request = press('y');
  EXPECT_EQ(request.wish, TopWish::kill);
  EXPECT_EQ(request.uuid, "bbb00000-5ed5-4cfd-9a75-a87e4f420b27");
  EXPECT_EQ(press('y').wish, TopWish::nothing) << "asked once, answered once";
}

TEST_F(Top, AnythingElseIsANo) {
  for (const Key key : {Key{KeyCode::character, 'n'}, Key{KeyCode::enter}, Key{KeyCode::escape},
                        Key{KeyCode::character, 'q'}, Key{KeyCode::down}}) {
    press('k');
    EXPECT_EQ(model.press(key).wish, TopWish::nothing);
    EXPECT_EQ(status(), "did not kill bbb");
    EXPECT_EQ(selected(), "bbb");
  }
  press('r');
  press('n');
  EXPECT_EQ(status(), "did not restart bbb");
}

TEST_F(Top, TheAnswerIsForTheJobThatWasAskedAbout) {
  press('r');
  model.take({row("aaa", 9), row("ccc", 2)}, test::start);
  EXPECT_THAT(status(), StartsWith("restart bbb"));
  const TopRequest request = press('y');
  EXPECT_EQ(request.wish, TopWish::restart);
  EXPECT_EQ(request.name, "bbb");
}

TEST_F(Top, OtherWishesComeAtOnce) {
  EXPECT_EQ(press('a').wish, TopWish::attach);
  EXPECT_EQ(press(KeyCode::enter).wish, TopWish::attach);
  EXPECT_EQ(press('p').wish, TopWish::pause);
  EXPECT_EQ(press('q').wish, TopWish::quit);
  TopRow paused = row("aaa", 1);
  paused.job.state = State::paused;
  model.take({paused}, test::start);
  EXPECT_EQ(press('p').wish, TopWish::resume);
}

TEST_F(Top, HelpIsShownUntilAnyKey) {
  press('h');
  EXPECT_EQ(shown(), "");
  EXPECT_THAT(model.lines(plain)[1], HasSubstr("select a job"));
  EXPECT_EQ(press('k').wish, TopWish::nothing);
  EXPECT_THAT(status(), Not(HasSubstr("kill bbb")));
  EXPECT_EQ(shown(), "bca");
  press('?');
  EXPECT_EQ(press('q').wish, TopWish::quit);
}

TEST_F(Top, TheStatusLineSaysWhatIsUrgent) {
  EXPECT_THAT(status(), HasSubstr("q quit"));
  model.say("killed  aaa");
  EXPECT_EQ(status(), "killed  aaa");
  model.note_trouble("systemd is away\x1b[2J");
  EXPECT_EQ(status(), "systemd is away\\x1b[2J");
  press('k');
  EXPECT_THAT(status(), StartsWith("kill bbb"));
  press('n');
  EXPECT_THAT(status(), StartsWith("systemd is away"));
  model.note_trouble("");
  EXPECT_EQ(status(), "did not kill bbb");
  press(KeyCode::up);
  EXPECT_THAT(status(), HasSubstr("q quit"));
}

TEST_F(Top, FillsTheScreenExactly) {
  std::vector<TopRow> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(row("a job with quite a long name " + std::to_string(i), i));
  model.take(rows, test::start);
  for (const WindowSize size : {WindowSize{24, 80}, {50, 200}, {10, 40}, {4, 20}, {3, 10}, {2, 5}, {1, 1}}) {
    model.resize(size);
    const auto lines = model.lines(plain);
    EXPECT_EQ(lines.size(), size.rows);
    for (const std::string& line : lines) {
      std::string text = line;
      for (const char* sequence : {"\x1b[7m", "\x1b[0m"})
        if (const size_t at = text.find(sequence); at != std::string::npos) text.erase(at, 4);
      EXPECT_LE(display_width(text), size.columns) << line;
    }
  }
}

TEST_F(Top, TheWindowFollowsTheSelection) {
  std::vector<TopRow> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(row("job" + std::to_string(i), -i));
  model.resize({13, 80});
  model.take(rows, test::start);
  const auto has = [&](const std::string& name) {
    for (const std::string& line : model.lines(plain))
      if (line.find(name + " ") != std::string::npos) return true;
    return false;
  };
  EXPECT_TRUE(has("job9") && !has("job10"));
  press(KeyCode::page_down);
  EXPECT_EQ(selected(), "job10");
  EXPECT_TRUE(has("job10") && has("job1") && !has("job0"));
  press(KeyCode::end);
  EXPECT_EQ(selected(), "job99");
  EXPECT_TRUE(has("job99") && has("job90"));
  press(KeyCode::page_up);
  EXPECT_TRUE(has("job89") && !has("job99"));
  press(KeyCode::home);
  EXPECT_TRUE(has("job0"));
  press(KeyCode::end);
  model.take({rows[0], rows[1]}, test::start);
  EXPECT_TRUE(has("job0") && has("job1")) << "no empty window where there are rows";
}

TEST_F(Top, ANameDoesNothingToTheTerminal) {
  TopRow evil = row("evil", 5);
  evil.job.spec.name = "e\x1b[2J\n\x9b";
  model.take({evil, row("other", 1)}, test::start);
  press('k');
  for (const std::string& line : model.lines(plain))
    EXPECT_THAT(line, AllOf(Not(HasSubstr("\x1b[2J")), Not(HasSubstr("\n")), Not(HasSubstr("\x9b"))));
  EXPECT_THAT(status(), HasSubstr("e\\x1b[2J\\n\\x9b"));
}

TEST_F(Top, ColoursEndWithTheirCell) {
  for (const std::string& line : model.lines(colored)) {
    const bool is_selected = line.find("\x1b[7m") != std::string::npos;
    EXPECT_TRUE(!is_selected || line.find("\x1b[0m") == line.size() - 4) << "the whole line is reversed";
    const size_t begin = line.rfind("\x1b[");
    EXPECT_TRUE(begin == std::string::npos || line.substr(begin, 4) == "\x1b[0m") << line;
  }
}

}  // namespace
}  // namespace jobctl
