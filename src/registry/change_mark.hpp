// The mark of change: a file, <state>/jobs.changed, whose content is another one after each append to any
// record. A command that has looked at all records and finds the same mark again need not look at them again,
// which matters where a thousand jobs run.
//
// Who is killed between appending and marking leaves what it appended unnoticed until the next change of any
// record. An end is never overlooked that way: the unit is gone, and then the record is read whatever the
// mark says.
#pragma once

#include <string>

#include "util/fd.hpp"

namespace jobctl {

// Opened before it is needed, because the launcher of another user's job may not open it later. Where it
// can't be opened, there is none and nothing can be appended either.
Fd open_change_mark(const std::string& jobs_dir);
void change_mark(const Fd& mark);

// "" where there is none: then everything has to be looked at.
std::string read_change_mark(const std::string& jobs_dir);

}  // namespace jobctl
