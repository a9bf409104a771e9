#include "job/event.hpp"

#include <random>

#include <gtest/gtest.h>

namespace jobctl {
namespace {

Event event_at(int64_t micros, std::map<std::string, std::string> fields) {
  Event event("ended", 1, std::move(fields));
  event.time = from_micros(micros);
  return event;
}

void expect_same(const Event& expected, const std::optional<Event>& event) {
  ASSERT_TRUE(event.has_value()) << to_line(expected);
  EXPECT_EQ(event->kind, expected.kind);
  EXPECT_EQ(event->run, expected.run);
  EXPECT_EQ(event->time, expected.time);
  EXPECT_EQ(event->fields, expected.fields);
}

TEST(EventLine, IsReadable) {
  const Event event = event_at(1700000000000000, {{"code", "exited"}, {"status", "0"}});
  EXPECT_EQ(to_line(event), "ended run=1 time=1700000000000000 code=exited status=0");
}

TEST(EventLine, CarriesAnyBytesInOneAsciiLine) {
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  const Event event = event_at(1, {{"file", every_byte}, {"text", "a=b c\nd"}, {"empty", ""}});
  const std::string line = to_line(event);
  for (const char c : line) ASSERT_TRUE(c >= ' ' && c <= '~') << line;
  expect_same(event, parse_event(line));
}

TEST(EventLine, LeadsBackForRandomEvents) {
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    Event event("kind-" + std::to_string(random() % 10), static_cast<int>(random() % 1000));
    event.time = from_micros(static_cast<int64_t>(random()) * 1000000);
    for (size_t count = random() % 5; count > 0; --count) {
      std::string value(random() % 40, '\0');
      for (char& c : value) c = static_cast<char>(random());
      event.fields["key_" + std::to_string(count)] = value;
    }
    expect_same(event, parse_event(to_line(event)));
  }
}

TEST(ParseEvent, AcceptsKindsAndKeysOfTheFuture) {
  const auto event = parse_event("teleported run=7 time=5 to=mars speed_kms=12");
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->kind, "teleported");
  EXPECT_EQ(event->run, 7);
  EXPECT_EQ(event->text("to"), "mars");
}

TEST(ParseEvent, KeepsRunAndTimeOutOfTheFields) {
  const auto event = parse_event("ended status=3 time=5 run=2");
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->fields, (std::map<std::string, std::string>{{"status", "3"}}));
}

TEST(ParseEvent, TakesTheFirstOfTwoWithOneKey) {
  const auto event = parse_event("ended run=2 time=5 run=9 status=1 status=2");
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->run, 2);
  EXPECT_EQ(event->text("status"), "1");
}

TEST(ParseEvent, RefusesWhatIsNoEvent) {
  for (const char* line : {"",
                           " ",
                           "ended",
                           "ended run=1",
                           "ended time=5",
                           "ended run=1 time=",
                           "ended run= time=5",
                           "ended run=x time=5",
                           "ended run=-1 time=5",
                           "ended run=99999999999 time=5",
                           "ended run=1 time=99999999999999999999",
                           "ended run=1 time=5 ",
                           "ended  run=1 time=5",
                           "ended run=1 time=5 status",
                           "ended run=1 time=5 =3",
                           "ended run=1 time=5 a b=1",
                           "Ended run=1 time=5",
                           "run=1 time=5",
                           "-x run=1 time=5",
                           "ended run=1 time=5 text=a\nb",
                           "ended run=1 time=5 text=a\tb",
                           "ended run=1 time=5 text==0",
                           "ended run=1 time=5 text==",
                           "ended run=1 time=5 text==zz",
                           "ended run=1 time=5 text=\xc3\xa4",
                           "ended\nrun=1 time=5"})
    EXPECT_FALSE(parse_event(line).has_value()) << line;
}

TEST(ParseEvent, SurvivesRandomBytes) {
  std::mt19937 random(4);
  const std::string base = "ended run=1 time=1700000000000000 code=exited text=a=20b";
  for (int i = 0; i < 20000; ++i) {
    std::string line = base;
    for (size_t count = random() % 4; count > 0; --count)
      line[random() % line.size()] = static_cast<char>(random());
    line.resize(random() % (line.size() + 1));
    const auto event = parse_event(line);
    if (event) expect_same(*event, parse_event(to_line(*event)));
  }
}

TEST(Event, GivesFieldsAsTextAndNumber) {
  const Event event("ended", 1,
                    {{"status", "-3"}, {"text", "12x"}, {"empty", ""}, {"big", "9999999999999999999"}});
  EXPECT_EQ(event.text("status"), "-3");
  EXPECT_EQ(event.text("absent"), "");
  EXPECT_EQ(event.number("status"), -3);
  for (const char* key : {"text", "empty", "big", "absent"})
    EXPECT_EQ(event.number(key), std::nullopt) << key;
}

}  // namespace
}  // namespace jobctl
