#include "registry/sqlite.hpp"

#include "util/error.hpp"

namespace jobctl {

SqliteError sqlite_error(sqlite3* db, int result) {
  std::string message = db ? sqlite3_errmsg(db) : "out of memory";
  // "disk I/O error" alone doesn't say that the disk is full.
  const int error = db ? sqlite3_system_errno(db) : 0;
  const int code = result & 0xff;
  if (error != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN))
    message += " (" + errno_text(error) + ")";
  return {result, message};
}

void execute(sqlite3* db, const char* sql) {
  const int result = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) throw sqlite_error(db, result);
}

Statement::Statement(sqlite3* db, std::string_view sql) : db_(db) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  check(result);
}

Statement& Statement::bind(int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), next_parameter_++, value));
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  check(sqlite3_bind_text64(statement_.get(), next_parameter_++, value.data(), value.size(), SQLITE_TRANSIENT,
                            static_cast<unsigned char>(SQLITE_UTF8)));
  return *this;
}

Statement& Statement::bind(std::nullopt_t) {
  check(sqlite3_bind_null(statement_.get(), next_parameter_++));
  return *this;
}

bool Statement::step() {
  next_column_ = 0;
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) throw sqlite_error(db_, result);
  return false;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  next_parameter_ = 1;
}

int64_t Statement::number() {
  return sqlite3_column_int64(statement_.get(), next_column_++);
}

std::optional<int64_t> Statement::number_or_null() {
  if (sqlite3_column_type(statement_.get(), next_column_) == SQLITE_NULL) {
    ++next_column_;
    return std::nullopt;
  }
  return number();
}

std::string Statement::text() {
  const int column = next_column_++;
  const unsigned char* data = sqlite3_column_text(statement_.get(), column);
  if (!data) return {};
  return {reinterpret_cast<const char*>(data),
          static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Statement::check(int result) const {
  if (result != SQLITE_OK) throw sqlite_error(db_, result);
}

}  // namespace jobctl
