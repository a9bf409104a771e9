import harness
class Smoke(harness.JobctlTest):
    def test_smoke(self):
        u = self.start("--name", "x", "--", "sleep", "1000")
        print(self.job(u), self.record_events(u), self.payload_pids(u), self.loaded_units())
if __name__ == "__main__":
    harness.main()
