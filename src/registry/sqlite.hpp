// The little of SQLite's C interface that the registry needs, with errors as exceptions.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "util/lazy_library.hpp"

namespace jobctl {

inline constinit LazyLibrary libsqlite3("libsqlite3.so.0", "libsqlite3-0");

JOBCTL_LAZY(libsqlite3, sqlite3_bind_int64);
JOBCTL_LAZY(libsqlite3, sqlite3_bind_null);
JOBCTL_LAZY(libsqlite3, sqlite3_bind_text64);
JOBCTL_LAZY(libsqlite3, sqlite3_busy_timeout);
JOBCTL_LAZY(libsqlite3, sqlite3_close);
JOBCTL_LAZY(libsqlite3, sqlite3_column_bytes);
JOBCTL_LAZY(libsqlite3, sqlite3_column_int64);
JOBCTL_LAZY(libsqlite3, sqlite3_column_text);
JOBCTL_LAZY(libsqlite3, sqlite3_column_type);
JOBCTL_LAZY(libsqlite3, sqlite3_db_filename);
JOBCTL_LAZY(libsqlite3, sqlite3_db_readonly);
JOBCTL_LAZY(libsqlite3, sqlite3_errmsg);
JOBCTL_LAZY(libsqlite3, sqlite3_exec);
JOBCTL_LAZY(libsqlite3, sqlite3_finalize);
JOBCTL_LAZY(libsqlite3, sqlite3_open_v2);
JOBCTL_LAZY(libsqlite3, sqlite3_prepare_v2);
JOBCTL_LAZY(libsqlite3, sqlite3_reset);
JOBCTL_LAZY(libsqlite3, sqlite3_sleep);
JOBCTL_LAZY(libsqlite3, sqlite3_step);
JOBCTL_LAZY(libsqlite3, sqlite3_system_errno);

struct SqliteError : std::runtime_error {
  SqliteError(int result, const std::string& message) : std::runtime_error(message), code(result & 0xff) {}

  // The file itself is broken, as opposed to: can't be written right now.
  bool damaged() const { return code == SQLITE_CORRUPT || code == SQLITE_NOTADB; }

  int code;  // primary result code
};

// What SQLite says about the last call on `db` (nullptr: it could not even be opened).
SqliteError sqlite_error(sqlite3* db, int result);

class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql);

  // Parameters are bound in order, as in the SQL text.
  Statement& bind(int64_t value);
  Statement& bind(std::string_view value);
  Statement& bind(std::nullopt_t);
  template <class T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(static_cast<int64_t>(*value)) : bind(std::nullopt);
  }

  // True while there is a row.
  bool step();
  void reset();

  // Columns of the row, in order.
  int64_t number();
  std::optional<int64_t> number_or_null();
  std::string text();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  void check(int result) const;

  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_parameter_ = 1;
  int next_column_ = 0;
};

void execute(sqlite3* db, const char* sql);

// BEGIN IMMEDIATE; rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(sqlite3* db) : db_(db) { execute(db, "BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (db_) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() {
    execute(db_, "COMMIT");
    db_ = nullptr;
  }

 private:
  sqlite3* db_;
};

}  // namespace jobctl
