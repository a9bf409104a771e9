#include "job/alert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "job/record.hpp"
#include "util/error.hpp"

namespace jobctl {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text) {
  try {
    parse_alert_target(text, "--on-end");
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::usage);
    return error.what();
  }
  return "";
}

TEST(Alert, TargetsAreTakenBackAsTheyWereWritten) {
  for (const char* text : {"exec:tell 'the boss' now", "notify", "mail", "mail:root", "mail:a+b@example.org",
                           "http://h/x?y=200", "https://user:word@h:8443/secret"})
    EXPECT_EQ(alert_target_text(parse_alert_target(text, "")), text);
}

TEST(Alert, WrongTargetsAreRefusedInOneLine) {
  EXPECT_EQ(error_of("sms"),
            "--on-end: \"sms\" is none of exec:COMMAND, notify, mail[:ADDRESS], http://…, https://…");
  EXPECT_EQ(error_of("exec:"), "--on-end: \"exec:\" has no command");
  EXPECT_EQ(error_of("exec:  "), "--on-end: \"exec:  \" has no command");
  EXPECT_EQ(error_of("exec:''"), "--on-end: \"exec:''\" has no command");
  EXPECT_EQ(error_of("exec:say 'hello"), "--on-end: \"exec:say 'hello\" has a quote that isn't closed");
  for (const char* address :
       {"", "-t", "a b", "a\nBcc: b", "a@b,c@d", "<a@b>", "|cat", "\xc3\xa4@b", "a\x7f"}) {
    EXPECT_THAT(error_of(std::string("mail:") + address), HasSubstr("is not an address")) << address;
    EXPECT_EQ(error_of(std::string("mail:") + address).find('\n'), std::string::npos);
  }
  EXPECT_EQ(error_of("http://"), "--on-end: \"http://\" names no host");
  EXPECT_EQ(error_of("https:///x"), "--on-end: \"https:///x\" names no host");
  EXPECT_THAT(error_of("http://h/a b"), HasSubstr("is not a URL"));
  for (const char* wrong : {"", "Mail", "notify:x", "ftp://h/", "tell"})
    EXPECT_NE(error_of(wrong), "") << wrong;
}

TEST(Alert, OfAURLPeopleSeeTheHostOnly) {
  const auto name = [](const char* text) { return alert_target_name(parse_alert_target(text, "")); };
  EXPECT_EQ(name("https://user:word@h:8443/secret?x#y"), "https://h:8443");
  EXPECT_EQ(name("http://h?token=a@b"), "http://h");
  EXPECT_EQ(name("http://h"), "http://h");
  EXPECT_EQ(name("mail:a@b"), "mail:a@b");
}

TEST(Alert, EventsAreReadAndWritten) {
  for (const char* text : {"end", "failure", "unhealthy"})
    EXPECT_STREQ(to_string(*parse_alert_event(text)), text);
  EXPECT_FALSE(parse_alert_event(""));
  EXPECT_FALSE(parse_alert_event("ended"));
}

Event alerting(int run, const char* event, const char* target) {
  return {"alerting", run, {{"event", event}, {"target", target}}};
}

Event alerted(int run, const char* event, const char* target, const char* ok, const char* text = "") {
  return {"alerted", run, {{"event", event}, {"target", target}, {"ok", ok}, {"text", text}}};
}

Record record_with(std::vector<Event> events) {
  Record record;
  record.spec.alerts.on_end = {{AlertKind::notify, ""}, {AlertKind::mail, ""}};
  record.spec.alerts.on_unhealthy = {{AlertKind::exec, "true"}};
  record.events = std::move(events);
  return record;
}

TEST(Alert, TheRecordTellsWhatBecameOfEach) {
  const auto alerts =
      alerts_of(record_with({alerting(1, "end", "0"), alerting(1, "end", "1"),
                             alerted(1, "end", "1", "0", "no route"), alerting(2, "end", "0")}),
                1);
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(alerts[0].target.kind, AlertKind::notify);
  EXPECT_FALSE(alerts[0].sent);
  EXPECT_EQ(alerts[1].sent, std::optional(false));
  EXPECT_EQ(alerts[1].text, "no route");
}

TEST(Alert, AJobMayBeUnhealthyMoreThanOnce) {
  const auto alerts = alerts_of(record_with({alerting(1, "unhealthy", "0"), alerted(1, "unhealthy", "0", "1"),
                                             alerting(1, "unhealthy", "0")}),
                                1);
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(alerts[0].sent, std::optional(true));
  EXPECT_FALSE(alerts[1].sent);
}

TEST(Alert, DamagedEventsAreLeftOut) {
  EXPECT_TRUE(
      alerts_of(record_with({alerting(1, "end", "2"), alerting(1, "end", "-1"), alerting(1, "end", "x"),
                             alerting(1, "birthday", "0"), alerted(1, "end", "0", "1")}),
                1)
          .empty());
}

}  // namespace
}  // namespace jobctl
