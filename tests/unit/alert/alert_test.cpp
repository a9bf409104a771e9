#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libexec/alert/desktop.hpp"
#include "libexec/alert/mail.hpp"
#include "libexec/alert/retry.hpp"
#include "util/text.hpp"

namespace jobctl {
namespace {

using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

Record failed_record(const std::string& name) {
  Record record;
  record.spec.uuid = "82d00a5b-5ed5-4cfd-9a75-a87e4f420b27";
  record.spec.name = name;
  record.spec.host = "node7";
  record.spec.commands = {{"/usr/bin/python3", "train.py", "it's"}};
  Event started("started", 1, {{"pid", "42"}});
  Event ended("ended", 1, {{"result", "exit-code"}, {"code", "exited"}, {"status", "3"}});
  started.time = from_micros(1'700'000'000'000'000);
  ended.time = started.time + std::chrono::seconds(751);
  record.events = {Event("starting", 1), started, ended};
  return record;
}

Happening failure(const std::string& name = "nightly") {
  return happening_of(failed_record(name), 1, AlertEvent::failure);
}

TEST(Happening, OneLineSaysWhatHasHappened) {
  EXPECT_EQ(failure().summary, "nightly failed: python3 exited with status 3 after 00:12:31");
  EXPECT_THAT(failure("a\nb").summary, StartsWith("a\\nb failed"));
}

TEST(Happening, OfAnUnhealthyJobItSaysWhatWasAnswered) {
  Record record = failed_record("web");
  record.events.pop_back();
  record.events.emplace_back("unhealthy", 1, std::map<std::string, std::string>{{"text", "HTTP 503"}});
  const Happening happening = happening_of(record, 1, AlertEvent::unhealthy);
  EXPECT_EQ(happening.summary, "web is unhealthy: HTTP 503");
  EXPECT_EQ(happening.job.state, State::unhealthy);
}

TEST(Happening, TheVariablesAreThereEvenIfTheyAreEmpty) {
  const auto variables = to_variables(failure(), now());
  for (const char* expected :
       {"JOBCTL_EVENT=failure", "JOBCTL_STATE=failed", "JOBCTL_REASON=3", "JOBCTL_EXIT_CODE=3",
        "JOBCTL_SIGNAL=", "JOBCTL_RUNTIME=751", "JOBCTL_HOST=node7"})
    EXPECT_THAT(variables, Contains(expected));
}

TEST(Happening, TheJsonIsThatOfListAndMore) {
  Happening happening = failure("\"<b>\xff");
  happening.log = {"one", "tw\xc3\xb6"};
  const std::string json = to_json_text(happening, now());
  EXPECT_THAT(json,
              StartsWith("{\"uuid\":\"82d00a5b-5ed5-4cfd-9a75-a87e4f420b27\",\"name\":\"\\\"<b>\\ufffd\""));
  EXPECT_THAT(json, HasSubstr("\"exit_code\":3"));
  EXPECT_THAT(json, EndsWith(",\"log\":[\"one\",\"tw\\u00f6\"]}"));
  EXPECT_THAT(json, HasSubstr(",\"event\":\"failure\",\"summary\":"));
}

std::string header(const std::string& mail, const std::string& name) {
  const std::string headers = mail.substr(0, mail.find("\n\n"));
  const size_t begin = headers.find(name + ": ");
  return begin == std::string::npos
             ? ""
             : headers.substr(begin + name.size() + 2, headers.find('\n', begin) - begin - name.size() - 2);
}

TEST(Mail, HasTheHeadersOfAnAutomaticOne) {
  const std::string mail = mail_text(failure(), "alice");
  EXPECT_EQ(header(mail, "To"), "alice");
  EXPECT_EQ(header(mail, "Subject"), "nightly failed: python3 exited with status 3 after 00:12:31");
  EXPECT_EQ(header(mail, "Auto-Submitted"), "auto-generated");
  EXPECT_EQ(header(mail, "MIME-Version"), "1.0");
  EXPECT_EQ(header(mail, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(header(mail, "Content-Transfer-Encoding"), "8bit");
}

TEST(Mail, TheBodyHasTheFactsAndTheLastLines) {
  Happening happening = failure();
  happening.log = {"epoch 3", ".", "\x1b[31mloss: nan\x1b[0m"};
  const std::string mail = mail_text(happening, "alice");
  EXPECT_THAT(mail, HasSubstr("\nCommand: /usr/bin/python3 train.py 'it'\\''s'\n"));
  EXPECT_THAT(mail, HasSubstr("\nState:   failed (3)\n"));
  EXPECT_THAT(mail, EndsWith("\nepoch 3\n.\n\\x1b[31mloss: nan\\x1b[0m\n"));
}

TEST(Mail, ANameCanAddNoHeader) {
  for (const char* name : {"x\nBcc: evil@example.org", "x\r\nBcc: evil@example.org\r\n\r\nbody"}) {
    const std::string mail = mail_text(failure(name), "alice");
    EXPECT_THAT(mail, Not(HasSubstr("\nBcc:")));
    EXPECT_THAT(mail, Not(HasSubstr("\r")));
  }
}

TEST(Mail, NoLineIsLongerThanAMailMayHave) {
  Happening happening = failure();
  happening.log = {std::string(5000, 'x')};
  for (int i = 0; i < 5000; ++i) happening.log[0] += "\xe6\xbc\xa2";
  for (const std::string& line : split(mail_text(happening, "alice"), '\n')) EXPECT_LE(line.size(), 998U);
}

TEST(Mail, HeadersThatAreNotAsciiAreEncodedWords) {
  EXPECT_EQ(encode_header("plain text: 100%"), "plain text: 100%");
  EXPECT_EQ(encode_header("\xc3\xa4"), "=?UTF-8?B?w6Q=?=");
  EXPECT_EQ(encode_header("=?UTF-8?Q?x?="), "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=");
  std::string text;
  for (int i = 0; i < 100; ++i) text += "\xe6\xbc\xa2";
  const std::vector<std::string> words = split(encode_header(text), '\n');
  EXPECT_THAT(words, SizeIs(7));  // 15 characters of 3 bytes each
  for (size_t i = 0; i < words.size(); ++i) {
    EXPECT_THAT(words[i], StartsWith(i ? " =?UTF-8?B?" : "=?UTF-8?B?"));
    EXPECT_LE(words[i].size(), 76U);
  }
}

TEST(Desktop, TheBodyIsNoMarkup) {
  Happening happening = failure("<b>&");
  happening.log = {"1", "2", "<i>3", "a && b", "5", "6"};
  const Argv argv = notification(happening);
  const Argv expected = {"notify-send", "-a", "jobctl",          "-u",
                         "critical",    "--", happening.summary, "2\n&lt;i&gt;3\na &amp;&amp; b\n5\n6"};
  EXPECT_EQ(argv, expected);
}

TEST(Desktop, OnlyWhatIsBadIsCritical) {
  Happening happening = failure();
  happening.job.state = State::done;
  EXPECT_EQ(notification(happening).at(4), "normal");
  happening.event = AlertEvent::unhealthy;
  EXPECT_EQ(notification(happening).at(4), "critical");
}

TEST(Webhook, IsAskedAgainWhereThatMayHelp) {
  for (const long status : {0, 429, 500, 503, 599}) EXPECT_TRUE(may_pass(status)) << status;
  for (const long status : {200, 204, 301, 400, 401, 404, 410, 600}) EXPECT_FALSE(may_pass(status)) << status;
}

}  // namespace
}  // namespace jobctl
