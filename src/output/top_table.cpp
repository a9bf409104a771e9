#include "output/top_table.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "output/job_table.hpp"
#include "output/words.hpp"

namespace jobctl {

namespace {

using Count = std::optional<uint64_t>;

// What nobody knows comes after everything that is known.
double number(const Count& count) {
  return count ? static_cast<double>(*count) : -1;
}

double number_of(const TopRow& row, TopColumn column, Time now) {
  const std::optional<Usage>& usage = row.job.usage;
  switch (column) {
    case TopColumn::cpu:
      return row.load.cpu_percent;
    case TopColumn::memory:
      return usage ? number(usage->memory) : -1;
    case TopColumn::peak:
      return usage ? number(usage->memory_peak) : -1;
    case TopColumn::read:
      return number(row.load.read);
    case TopColumn::written:
      return number(row.load.written);
    case TopColumn::net:
      return number(row.load.net);
    case TopColumn::tasks:
      return usage ? static_cast<double>(usage->tasks) : -1;
    case TopColumn::runtime:
      return static_cast<double>(row.job.runtime(now).value_or(Duration(-1)).count());
    case TopColumn::ports:
      return row.job.current.ports.empty() ? -1 : row.job.current.ports.front().number;
    case TopColumn::name:
    case TopColumn::uuid:
    case TopColumn::state:
      break;
  }
  return 0;
}

std::string text_of(const TopRow& row, TopColumn column) {
  if (column == TopColumn::name) return row.job.spec.name;
  if (column == TopColumn::uuid) return row.job.spec.uuid;
  return column == TopColumn::state ? to_string(row.job.state) : "";
}

struct Key {
  double number;
  std::string text;
  const TopRow* row;

  auto tie() const { return std::tie(row->job.spec.name, row->job.spec.uuid); }
};

bool is_before(const Key& a, const Key& b, bool reversed) {
  if (a.number != b.number) return (a.number > b.number) != reversed;
  if (a.text != b.text) return (a.text < b.text) != reversed;
  return a.tie() < b.tie();
}

void add_row(Table& table, const TopRow& row, Time now) {
  const Cell runtime = runtime_cell(row.job, now), ports = port_cell(row.job);
  if (!row.job.usage) {
    table.add_row(row.job.spec.name, Uuid{row.job.spec.uuid}, state_of(row.job, now), Nothing{}, Nothing{},
                  Nothing{}, Nothing{}, Nothing{}, Nothing{}, Nothing{}, runtime, ports);
    return;
  }
  const Usage& usage = *row.job.usage;
  table.add_row(row.job.spec.name, Uuid{row.job.spec.uuid}, state_of(row.job, now),
                short_percent(row.load.cpu_percent), bytes_cell(usage.memory), bytes_cell(usage.memory_peak),
                bytes_cell(row.load.read), bytes_cell(row.load.written), bytes_cell(row.load.net),
                static_cast<int64_t>(usage.tasks), runtime, ports);
}

constexpr size_t index_of(TopColumn column) {
  return static_cast<size_t>(column);
}

// What is given up first where room is short.
std::vector<Concession> concessions(const std::optional<TopOrder>& marked) {
  std::vector<Concession> all = {
      {Concession::shorten, index_of(TopColumn::uuid)}, {Concession::drop, index_of(TopColumn::peak)},
      {Concession::drop, index_of(TopColumn::ports)},   {Concession::cut, index_of(TopColumn::name)},
      {Concession::drop, index_of(TopColumn::tasks)},   {Concession::cut, index_of(TopColumn::state)},
      {Concession::drop, index_of(TopColumn::net)},     {Concession::drop, index_of(TopColumn::written)},
      {Concession::drop, index_of(TopColumn::read)},    {Concession::drop, index_of(TopColumn::uuid)},
      {Concession::drop, index_of(TopColumn::runtime)}};
  std::erase_if(all, [&](const Concession& concession) {
    return marked && concession.kind == Concession::drop && concession.column == index_of(marked->column);
  });
  return all;
}

}  // namespace

std::vector<const TopRow*> sorted(const std::vector<TopRow>& rows, const TopOrder& order, Time now) {
  std::vector<Key> keys;
  keys.reserve(rows.size());
  for (const TopRow& row : rows)
    keys.push_back({number_of(row, order.column, now), text_of(row, order.column), &row});
  std::sort(keys.begin(), keys.end(),
            [&](const Key& a, const Key& b) { return is_before(a, b, order.reversed); });
  std::vector<const TopRow*> result;
  result.reserve(keys.size());
  for (const Key& key : keys) result.push_back(key.row);
  return result;
}

Table top_table(const std::vector<const TopRow*>& rows, const std::optional<TopOrder>& marked, Time now) {
  Table table;
  table.columns = {{"NAME"},
                   {"UUID"},
                   {"STATE"},
                   {"CPU%", Align::right},
                   {"MEM", Align::right},
                   {"PEAK", Align::right},
                   {"READ/s", Align::right},
                   {"WRITE/s", Align::right},
                   {"NET/s", Align::right},
                   {"TASKS", Align::right},
                   {"RUNTIME", Align::right},
                   {"PORTS"}};
  if (marked) table.columns[index_of(marked->column)].header += marked->reversed ? "↑" : "↓";
  table.concessions = concessions(marked);
  for (const TopRow* row : rows) add_row(table, *row, now);
  return table;
}

std::string top_summary(const std::vector<TopRow>& rows) {
  uint64_t running = 0, memory = 0, on_gpus = 0;
  double cpu = 0;
  for (const TopRow& row : rows) {
    if (row.job.state == State::running || row.job.state == State::unhealthy) ++running;
    cpu += row.load.cpu_percent;
    if (!row.job.usage) continue;
    memory += row.job.usage->memory.value_or(0);
    on_gpus += row.job.usage->gpu_memory.value_or(0);
  }
  return count_in_words(rows.size(), "job", "jobs") + ", " + std::to_string(running) + " running; CPU " +
         std::to_string(std::lround(cpu)) + " %, memory " + bytes_in_words(memory) +
         (on_gpus > 0 ? ", GPUs " + bytes_in_words(on_gpus) : "");
}

}  // namespace jobctl
