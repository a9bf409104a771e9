#include "job/probe.hpp"

#include <gtest/gtest.h>

#include "util/error.hpp"

namespace jobctl {
namespace {

Probe probe_of(const std::string& text) {
  return parse_probe(text, "--ready");
}

TEST(Probe, IsReadAndWritten) {
  for (const char* text : {"tcp", "tcp:8501", "tcp:http", "http://localhost:80/health", "https://h/=204",
                           "http://h/?a=b", "log:^ready$", "log:a=b:c", "exec:sh -c 'exit 0'", "notify"})
    EXPECT_EQ(probe_text(probe_of(text)), text);
}

TEST(Probe, TheCodeStandsBehindTheUrl) {
  EXPECT_EQ(probe_of("http://h/x=204"), (Probe{ProbeKind::http, "http://h/x", 204}));
  EXPECT_EQ(probe_of("http://h/x"), (Probe{ProbeKind::http, "http://h/x", 0}));
  EXPECT_EQ(probe_of("http://h/x=20"), (Probe{ProbeKind::http, "http://h/x=20", 0}));
  EXPECT_EQ(probe_of("http://h/x=2000"), (Probe{ProbeKind::http, "http://h/x=2000", 0}));
  EXPECT_EQ(probe_of("http://h/?a=404"), (Probe{ProbeKind::http, "http://h/?a=404", 0}));
  for (const char* wrong : {"http://h/x=999", "http://h=099", "http://h/=600"})
    EXPECT_THROW(probe_of(wrong), Error) << wrong;
}

TEST(Probe, WhatIsNoneIsRefused) {
  for (const char* wrong :
       {"", "tcp:", "tcp:0", "tcp:70000", "udp:1", "http://", "http:///x", "http://h/a b", "http://h/\n",
        "log:", "log:[", "log:(", "exec:", "exec: ", "exec:'x", "notify:x", "8080"})
    EXPECT_THROW(probe_of(wrong), Error) << wrong;
}

TEST(Probe, MeansPortsOfTheJob) {
  const std::vector<Port> ports = {{"", 8501}, {"http", 20001}};
  EXPECT_EQ(port_of(probe_of("tcp"), ports), 8501);
  EXPECT_EQ(port_of(probe_of("tcp:http"), ports), 20001);
  EXPECT_EQ(port_of(probe_of("tcp:80"), ports), 80);
  EXPECT_EQ(url_of(probe_of("http://h:{PORT}/{PORT_HTTP}/{PORT}"), ports), "http://h:8501/20001/8501");
  EXPECT_NO_THROW(check_probe(probe_of("tcp:http"), ports, ""));
  EXPECT_NO_THROW(check_probe(probe_of("tcp:80"), {}, ""));
  EXPECT_THROW(check_probe(probe_of("tcp"), {}, ""), Error);
  EXPECT_THROW(check_probe(probe_of("tcp:grpc"), ports, ""), Error);
}

TEST(Probe, OfAUrlIsOneThatAServerCanBeAskedBy) {
  const std::vector<Port> ports = {{"", 0}, {"http", 20001}};
  for (const char* good : {"http://h", "http://h:1", "http://h:65535/", "http://[::1]:{PORT}/",
                           "http://[::1]/?a=b:c", "https://user:word@h:{PORT_HTTP}/{PORT}",
                           "http://127.0.0.1:{PORT}/=204", "http://h?x=@", "http://h#:0"})
    EXPECT_NO_THROW(check_probe(probe_of(good), ports, "")) << good;
  for (const char* wrong :
       {"http://:80/",     "http://?x",        "http://user@/",         "http://user@:80/", "http://[]/",
        "http://h:/",      "http://h:0",       "http://h:65536",        "http://h:http/",   "http://h:-1/",
        "http://h:1:2/",   "http://[::1/",     "http://::1]/",          "http://[::1]x/",   "http://[::1]:0/",
        "http://[[::1]]/", "http://h:{port}/", "http://h:{PORT_GRPC}/", "http://h:{PORT/",  "http://h/}",
        "http://a^b/"})
    EXPECT_THROW(check_probe(probe_of(wrong), ports, ""), Error) << wrong;
}

}  // namespace
}  // namespace jobctl
