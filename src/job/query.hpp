// A selection of jobs, from the words of a command line. Pure: matching needs no registry and no bus.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "job/job.hpp"

namespace jobctl {

struct Query {
  std::vector<std::string> names =
      {};  // positionals: UUID, unique UUID prefix (4 digits or more) or name, exact
  std::vector<std::string> name_globs = {};
  std::vector<std::string> types = {};
  std::vector<std::string> sessions = {};
  std::vector<std::string> users = {};
  std::vector<State> states = {};
  std::vector<std::pair<std::string, std::string>> labels = {};  // key glob, value glob
  bool any = false;  // OR of everything instead of AND between filters

  bool empty() const;
  bool has_filters() const;
};

// Whether a job passes the filters (not the positionals). Values of one filter are ORed, different filters
// ANDed; with `any` everything is ORed. A filter that isn't given matches nothing by itself.
bool matches_filters(const Query& query, const Job& job);

// Whether a positional may mean the job, among others.
bool may_mean(const std::string& text, const Job& job);

// The jobs among `jobs` that the query means, in their order; none for an empty query. A job must be named by
// a positional, if there are any, and pass the filters, if there are any; with `any` one of both will do.
// Throws Error{no_such_job} for a positional that fits none, Error{ambiguous} listing the candidates for one
// that fits several even after the filters.
std::vector<Job> select(const Query& query, const std::vector<Job>& jobs, Time now);

// "in session nope", "named a or b of type training": the query in words, for messages.
std::string in_words(const Query& query);

}  // namespace jobctl
