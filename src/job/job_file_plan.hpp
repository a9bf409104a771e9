// The units of a job file: the job's own service, and a timer (with its service as companion) where it has a
// schedule.
#pragma once

#include "job/file_schedule.hpp"
#include "job/unit_plan.hpp"

namespace jobctl {

// The service prepares a run (`jobctl job-file -- prepare`) before the launcher begins it: the file is read,
// the record written, ports and GPUs are given away. The timer's service asks for a start, as a person would.
std::vector<UnitPlan> to_job_file_plans(const JobSpec& spec, const FileSchedule& schedule,
                                        const std::string& record_path, const Helpers& helpers);

}  // namespace jobctl
