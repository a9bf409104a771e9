"""The templates that are shipped, each with a program that behaves like the one that it is for (tests/data/programs)."""

import json
import re
import signal
import socket
import tomllib
import unittest
import urllib.request

import harness
from terminal import TerminalTest

SOURCES = sorted((harness.ROOT / "templates").glob("*.toml"))
PROGRAMS = harness.DATA / "programs"
WITHOUT_PROXIES = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(port, path):
    with WITHOUT_PROXIES.open(f"http://127.0.0.1:{port}{path}", timeout=harness.PATIENCE) as answer:
        return harness.text_of(answer.read())


def environment_of(pid):
    with open(f"/proc/{pid}/environ", "rb") as file:
        return dict(item.split("=", 1) for item in harness.text_of(file.read()).split("\0") if "=" in item)


class TemplateTest(harness.JobctlTest):
    def setUp(self):
        super().setUp()
        self.env.update(PATH=f"{PROGRAMS}:{self.env['PATH']}", PYTHONDONTWRITEBYTECODE="1")
        self.env.pop("PYTHONUNBUFFERED", None)

    def begin(self, template, *words, **options):
        return self.start("--template", template, *words, **options)

    def refused(self, template, *words, check=2):
        """What start says that refuses, and starts nothing."""
        before = self.jobs("-a")
        refused = self.jobctl("start", "-d", "--template", template, *words, check=check)
        self.assertEqual(refused.out, "")
        self.assertEqual(len(self.jobs("-a")), len(before))
        return refused.err

    def assert_wrong(self, template, cases, *rest):
        """Of each of these words, refused as bad usage, start names the parameter."""
        for word in cases:
            with self.subTest(word=word):
                self.assertIn(word.partition("=")[0], self.refused(template, word, *rest))

    def environment_of(self, uuid):
        return environment_of(self.job(uuid)["pid"])

    def wait_processes(self, uuid, count):
        return self.wait_until(lambda: (lambda pids: pids if len(pids) == count else None)(self.payload_pids(uuid)),
                               what=lambda: f"{count} processes: {self.payload_pids(uuid)}")

    def assert_ends(self, uuid, number, said=None):
        """kill ends it by its stop signal, without having to use force, and with every process."""
        self.assertEqual(self.unit_property(self.job(uuid)["unit"], "KillSignal"), str(int(number)))
        pids = self.payload_pids(uuid)
        self.assertNotEqual(pids, [])
        self.assertNotIn("SIGKILL", self.jobctl("kill", uuid).out)
        self.assertEqual([pid for pid in pids if harness.alive(pid)], [])
        self.assertEqual(self.state(uuid), "killed")
        if said:
            self.assertIn(said, harness.text_of(self.log_bytes(uuid)))


class Shipped(TemplateTest):
    def test_each_says_what_it_is_for_and_how_it_is_used(self):
        for file in SOURCES:
            with self.subTest(template=file.stem):
                text = file.read_text()
                template = tomllib.loads(text)
                self.assertTrue(text.startswith(f"# {file.stem}: "))
                self.assertRegex(text.partition("\n\n")[0], rf"\n#   jobctl start -dt? [^\n]*--template {file.stem}\b")
                self.assertRegex(template["description"], r"\A[^\n]{10,70}[^\n.]\Z")
                self.assertTrue(all(len(line) <= 120 for line in text.splitlines()))

    def test_all_parameters_are_explained_and_used(self):
        for file in SOURCES:
            template = tomllib.loads(file.read_text())
            parameters = template.pop("parameters")
            used = set(re.findall(r"\{([a-z][a-z0-9_-]*)\}", json.dumps(template).replace("{{", "").replace("}}", "")))
            with self.subTest(template=file.stem):
                self.assertEqual(used, set(parameters))
                for name, parameter in parameters.items():
                    self.assertRegex(parameter.get("help", ""), r"\A[^\n]{6,110}[^\n.]\Z", name)

    def test_jobctl_knows_and_explains_them(self):
        listed = self.jobctl("template", "list").out
        for file in SOURCES:
            with self.subTest(template=file.stem):
                template = tomllib.loads(file.read_text())
                self.assertRegex(listed, rf"(?m)^{file.stem} .*{re.escape(template['description'])}")
                self.jobctl("template", "check", file.stem)
                shown = self.jobctl("template", "show", file.stem).out
                for name, parameter in template["parameters"].items():
                    self.assertIn(name, shown)
                    self.assertIn(parameter["help"], " ".join(shown.split()))


class New(TemplateTest):
    def folder(self):
        return self.dir / "config" / "jobctl" / "templates"

    def test_one_that_can_be_used_at_once(self):
        path = self.folder() / "mine.toml"
        self.assertEqual(self.jobctl("template", "new", "mine").out, f"{path}\n")
        self.jobctl("template", "check", "mine")
        self.assertRegex(self.jobctl("template", "list").out, r"(?m)^mine ")
        self.assertIn("file", self.refused("mine"))
        text = path.read_text()
        self.assertIn("exists already", self.jobctl("template", "new", "mine", check=5).err)
        self.assertEqual(path.read_text(), text)

    def test_names_that_are_none(self):
        for name in ("", ".hidden", "-x", "../x", "a/b", "a\nb"):
            with self.subTest(name=name):
                self.assertIn("can't be a template's name", self.jobctl("template", "new", "--", name, check=2).err)
        self.assertFalse(self.folder().exists())


class InstructLab(TemplateTest):
    def test_generation_goes_on_until_it_is_interrupted(self):
        uuid = self.begin("generation")
        self.wait_for_log(uuid, "instruction 2\n")
        self.wait_for_log(uuid, "the teacher runs")
        job = self.job(uuid)
        self.assertEqual([job["type"], job["command"]], ["generation", ["ilab", "data", "generate"]])
        self.assertTrue(job["log_file"].endswith(f"/logs/generation/generation-{uuid}.log"))
        self.assertIn("| Generation |", self.jobctl("list", "-o", "grid").out)
        self.assertEqual(self.environment_of(uuid)["PYTHONUNBUFFERED"], "1", "else lines come in lumps")
        self.wait_processes(uuid, 2)
        self.assert_ends(uuid, signal.SIGINT, "Aborted!")

    def test_generation_is_told_everything(self):
        uuid = self.begin("generation", "config=c.yaml", "pipeline=full", "model=m.gguf", "taxonomy-path=/t", "output-dir=out", "sdg-scale-factor=2",
                          "num-cpus=4", "gpus=0", "batch-size=0", "endpoint-url=http://127.0.0.1:8000/v1", "--", "--quiet")
        job = self.wait_ended(uuid)
        self.assertEqual([job["state"], job["exit_code"]], ["done", 0], self.log_bytes(uuid))
        self.assertEqual(job["command"],
                         ["ilab", f"--config={self.dir}/c.yaml", "data", "generate", "--pipeline=full", f"--model={self.dir}/m.gguf", "--taxonomy-path=/t",
                          f"--output-dir={self.dir}/out", "--sdg-scale-factor=2", "--num-cpus=4", "--gpus=0", "--batch-size=0",
                          "--endpoint-url=http://127.0.0.1:8000/v1", "--quiet"])

    def test_training_shows_the_log_of_its_library(self):
        data = self.dir / "data.jsonl"
        data.touch()
        uuid = self.begin("training", "pipeline=accelerated", "data-path=data.jsonl", "model-path=granite", "ckpt-output-dir=run 7", "gpus=2",
                          "own-log=run 7/full_logs_global0.log", "--", "--max-batch-len=4000")
        own = self.dir / "run 7" / "full_logs_global0.log"
        self.wait_for_file(own, "Epoch 2\n")
        self.wait_for_log(uuid, "torchrun runs")
        self.assertEqual(self.job(uuid)["command"],
                         ["ilab", "model", "train", "--pipeline=accelerated", f"--model-path={self.dir}/granite", f"--data-path={data}",
                          f"--ckpt-output-dir={self.dir}/run 7", "--gpus=2", "--skip-user-confirm", "--max-batch-len=4000"])
        self.assertIn("Epoch 2\n", self.jobctl("logs", uuid).out)
        self.assertNotIn("Epoch", harness.text_of(self.log_bytes(uuid)))
        self.wait_processes(uuid, 2)
        self.assert_ends(uuid, signal.SIGINT, "Aborted!")
        copies = self.wait_until(lambda: list((self.state_dir / "logs" / "training").glob("training-*Z.log")), what="a copy")
        self.assertEqual([copy.read_bytes() for copy in copies], [own.read_bytes()])

    def test_training_in_phases(self):
        for file in "ks":
            (self.dir / f"{file}.jsonl").touch()
        uuid = self.begin("training", "pipeline=simple", "strategy=lab-multiphase", "phased-phase1-data=k.jsonl", "phased-phase2-data=s.jsonl",
                          "num-epochs=2", "device=cpu")
        job = self.wait_ended(uuid)
        self.assertEqual([job["type"], job["state"]], ["training", "done"], self.log_bytes(uuid))
        # Whoever else prints, prints between them.
        self.assertRegex(harness.text_of(self.log_bytes(uuid)), r"(?s)Epoch 1\n.*Epoch 2\n")

    def test_training_asks_where_it_is_to_ask(self):
        uuid = self.begin("training", "skip-user-confirm=false")
        self.assertEqual(self.wait_ended(uuid)["state"], "failed", "nobody can answer")
        self.assertEqual(self.job(uuid)["command"], ["ilab", "model", "train"])

    def test_wrong_values_are_refused(self):
        self.assert_wrong("generation", ("num-cpus=0", "gpus=-1", "sdg-scale-factor=x", "endpoint-url=ftp://h/", "nmu-cpus=1"))
        self.assert_wrong("training", ("pipeline=fast", "device=tpu", "num-epochs=0", "num-epochs=1.5", "skip-user-confirm=maybe"))

    def test_what_the_program_refuses_is_told(self):
        uuid = self.begin("training", "data-path=nosuch.jsonl")
        self.assertEqual(self.wait_ended(uuid)["reason"], "2")
        self.assertIn("Data path must be to a valid .jsonl file", harness.text_of(self.log_bytes(uuid)))


class OcrTraining(TemplateTest):
    def test_its_workers_end_with_it(self):
        uuid = self.begin("ocr-training", "-C", PROGRAMS / "ocr")
        self.wait_for_log(uuid, "epoch 1 loss")
        self.wait_processes(uuid, 3)
        loaders = "++dataloaders.{}_dataloader.num_workers={}", "++dataloaders.{}_dataloader.persistent_workers=false"
        self.assertEqual(self.job(uuid)["command"],
                         ["python3", "runners/train.py", "--config-name=train"] +
                         [text.format(loader, workers) for loader, workers in (("train", 2), ("val", 1), ("test", 1), ("predict", 1)) for text in loaders])
        self.assertEqual(self.unit_property(self.job(uuid)["unit"], "TimeoutStopUSec"), "5s")
        self.assert_ends(uuid, signal.SIGTERM, "Received signal 15. Shutting down gracefully...")

    def test_it_is_configured(self):
        uuid = self.begin("ocr-training", "workers=3", "eval-workers=0", "epochs=2", "persistent-workers=true", "-C", PROGRAMS / "ocr", "--", "seed=7")
        self.assertEqual(self.wait_ended(uuid)["state"], "done", self.log_bytes(uuid))
        command = self.job(uuid)["command"]
        self.assertIn("++trainer.max_epochs=2", command)
        self.assertIn("++dataloaders.predict_dataloader.num_workers=0", command)
        self.assertEqual(command[-1], "seed=7")
        log = harness.text_of(self.log_bytes(uuid))
        self.assertIn("train: persistent workers\ntraining with 3 workers\n", log)
        self.assertIn("epoch 2 loss", log)

    def test_wrong_values_are_refused(self):
        self.assert_wrong("ocr-training", ("workers=-1", "epochs=0", "persistent-workers=1", "config=a b"))
        uuid = self.begin("ocr-training", "config=nosuch", "-C", PROGRAMS / "ocr")
        self.assertEqual(self.wait_ended(uuid)["reason"], "1")
        self.assertIn("Cannot find primary config 'nosuch'", harness.text_of(self.log_bytes(uuid)))


class ModelServer(TemplateTest):
    """llama-server. Its look-alike has loaded the model as soon as the file isn't empty."""

    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.model = self.dir / "phi 4.gguf"
        self.model.touch()

    def load(self):
        self.model.write_text("GGUF")

    def serve(self, *words, **options):
        return self.begin("llama-server", "model=phi 4.gguf", f"port={self.port}", *words, **options)


class ModelOnCpu(ModelServer):
    def serve(self, *words, **options):
        return super().serve("gpu=", *words, **options)

    def test_it_is_starting_until_the_model_is_loaded(self):
        uuid = self.serve("name=phi-4", "ctx=16384", "layers=all", "--", "--jinja")
        self.wait_for_log(uuid, "main: loading model")
        self.assertEqual(self.state(uuid), "starting")
        self.load()
        job = self.wait_state(uuid, "running")
        self.assertEqual(job["command"], ["llama-server", "--model", str(self.model), "--host", "127.0.0.1", "--port", str(self.port), "--jinja"])
        self.assertEqual([job["type"], job["name"], job["labels"], job["gpus"]], ["llama-server", "phi-4", {"model": str(self.model)}, []])
        self.assertEqual(job["ports"], [{"name": None, "port": self.port, "listening": True}])
        self.assertEqual({name: value for name, value in self.environment_of(uuid).items() if name.startswith("LLAMA_")},
                         {"LLAMA_ARG_ALIAS": "phi-4", "LLAMA_ARG_CTX_SIZE": "16384", "LLAMA_ARG_N_GPU_LAYERS": "all"})
        self.assertEqual(json.loads(get(self.port, "/v1/models"))["data"][0]["id"], "phi-4")
        self.assertEqual(self.unit_property(job["unit"], "TimeoutStopUSec"), "10s")
        self.assert_ends(uuid, signal.SIGTERM, "main: cleaning up before exit...")

    def test_what_is_not_given_is_left_to_it(self):
        self.load()
        uuid = self.serve("--wait-ready")
        self.assertEqual([name for name in self.environment_of(uuid) if name.startswith("LLAMA_")], [])
        self.assertEqual(self.job(uuid)["name"], f"llama-server-{uuid[:8]}")

    def test_a_port_is_one_servers(self):
        self.load()
        self.serve("name=first", "--wait-ready")
        self.assertIn(f"port {self.port} is taken by the job first", self.refused("llama-server", "gpu=", f"model={self.model}", f"port={self.port}", check=5))
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            self.assertIn(f"port {port} is taken by process ", self.refused("llama-server", "gpu=", f"model={self.model}", f"port={port}", check=5))

    def test_a_server_that_crashes_comes_back(self):
        self.load()
        uuid = self.serve("--wait-ready", "--restart-delay", "10ms")
        pid = self.job(uuid)["pid"]
        self.systemctl("kill", "--signal=SEGV", self.job(uuid)["unit"])
        self.wait_until(lambda: self.job(uuid)["state"] == "running" and self.job(uuid)["pid"] != pid, what="another server")
        self.assertEqual([self.job(uuid)[key] for key in ("run", "restarts")], [2, 1])

    def test_options_of_start_win(self):
        self.model.unlink()
        failed = self.jobctl("start", "-d", "--template", "llama-server", "gpu=", f"model={self.model}", f"port={self.port}", "name=phi-4", "--name", "mine",
                             "--restart", "no", "--wait-ready", check=1)
        job = self.job(failed.out.strip())
        self.assertEqual([job["name"], job["state"], job["run"]], ["mine", "failed", 1])
        self.assertIn(f"error loading model: {self.model}", harness.text_of(self.log_bytes(job["uuid"])))

    def test_wrong_values_are_refused(self):
        self.assertIn("model", self.refused("llama-server", "gpu="))
        self.assertIn("model", self.refused("llama-server", "gpu=", "model="))
        self.assert_wrong("llama-server", ("port=0", "port=70000", "port=http", "ctx=-1", "ctx=4k", "layers=some", "name=a,b", "address=a/b", "address=::1",
                                           "gpus=0"), f"model={self.model}")


@unittest.skipUnless((harness.BUILD / "fakes").is_dir(), "the stand-in for NVML is part of a build")
class ModelOnGpu(ModelServer):
    def setUp(self):
        super().setUp()
        self.env.update(LD_LIBRARY_PATH=str(harness.BUILD / "fakes"), JOBCTL_FAKE_NVML=str(self.dir / "gpus"))
        self.env.pop("CUDA_VISIBLE_DEVICES", None)
        (self.dir / "gpus").write_text("gpu 81920 0 NVIDIA H100\n" * 2)
        self.load()

    def another(self):
        return [f"model={self.model}", f"port={harness.free_port()}"]

    def test_a_gpu_is_one_models(self):
        first = self.serve("name=phi-4", "gpu=1", "--wait-ready")
        self.assertEqual(self.job(first)["gpus"], [1])
        self.assertIn(", devices 1\n", harness.text_of(self.log_bytes(first)))
        self.assertIn(f"GPU 1 is taken by the job phi-4 ({first[:8]})", self.refused("llama-server", *self.another(), "gpu=1", check=5))
        second = self.begin("llama-server", *self.another(), "--wait-ready")
        self.assertEqual(self.job(second)["gpus"], [0], "the one that nobody uses")
        self.assertIn("of 2 GPUs 0 are free", self.refused("llama-server", *self.another(), check=5))
        self.jobctl("kill", "phi-4")
        self.assertEqual(self.state(second), "running")
        self.assertIn("GPU 0 is taken by", self.refused("llama-server", *self.another(), "gpu=0,1", check=5))
        self.jobctl("kill", second)
        self.assertEqual(self.job(self.begin("llama-server", *self.another(), "gpu=0,1", "--wait-ready"))["gpus"], [0, 1])

    def test_wrong_ones_are_refused(self):
        self.assert_wrong("llama-server", ("gpu=7", "gpu=none", "gpu=auto:0"), f"model={self.model}", f"port={self.port}")


class Streamlit(TemplateTest):
    def setUp(self):
        super().setUp()
        self.app = self.dir / "inference ui.py"
        self.app.touch()
        self.port = harness.free_port()

    def serve(self, *words):
        return self.begin("streamlit", "script=inference ui.py", "--wait-ready", *words)

    def test_it_serves_the_app(self):
        uuid = self.serve("name=inference", f"port={self.port}", "--", "--theme.base=dark", "--", "--my-argument")
        job = self.job(uuid)
        self.assertEqual(job["command"], ["streamlit", "run", f"--server.port={self.port}", "--server.address=127.0.0.1", "--server.headless=true",
                                          "--browser.gatherUsageStats=false", str(self.app), "--theme.base=dark", "--", "--my-argument"])
        self.assertEqual([job["type"], job["name"], job["state"], job["labels"]], ["streamlit", "inference", "running", {"port": str(self.port)}])
        self.assertEqual(get(self.port, "/_stcore/health"), "ok")
        self.assertIn("got ['--my-argument']", harness.text_of(self.log_bytes(uuid)))
        self.assert_ends(uuid, signal.SIGTERM, "  Stopping...")

    def test_an_app_may_run_on_several_ports(self):
        other = harness.free_port()
        first = self.serve("name=inference", f"port={self.port}")
        second = self.serve("name=inference", f"port={other}")
        self.assertIn(f"port {self.port} is taken by the job inference ({first[:8]})",
                      self.refused("streamlit", "script=inference ui.py", "name=inference", f"port={self.port}", check=5))
        self.jobctl("kill", "--name", "inference", "--label", f"port={self.port}")
        self.assertEqual([self.state(first), self.state(second)], ["killed", "running"])
        self.serve("name=inference", f"port={self.port}")

    def test_its_port_is_8501_where_nobody_says_another(self):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # test_makefile may be at it, too
            listener.bind(("127.0.0.1", 8501))
            listener.listen()
            self.assertIn("port 8501 is taken by ", self.refused("streamlit", "script=inference ui.py", check=5))

    def test_from_outside_too_where_somebody_says_so(self):
        uuid = self.serve(f"port={self.port}", "address=0.0.0.0")
        self.assertIn("--server.address=0.0.0.0", self.job(uuid)["command"])

    def test_what_streamlit_refuses_is_told(self):
        failed = self.jobctl("start", "-d", "--wait-ready", "--restart", "no", "--template", "streamlit", "script=nosuch.py", f"port={self.port}", check=1)
        self.assertIn(f"File does not exist: {self.dir}/nosuch.py", harness.text_of(self.log_bytes(failed.out.strip())))

    def test_wrong_values_are_refused(self):
        self.assertIn("script", self.refused("streamlit"))
        self.assert_wrong("streamlit", ("port=0", "port=85010", "port=x", "address=http://x", "nmae=x"), "script=inference ui.py")


class DaqApp(TemplateTest):
    def boot(self, *words, arguments=(), **options):
        return self.begin("daq-app", "session=np02", "name=df-01", *words, "--", "--name", "df-01", "-s", "np02", *arguments, **options)

    def test_it_is_ended_by_sigquit(self):
        uuid = self.boot("log=logs/df-01.txt", "-e", "EXTRA=a b", arguments=["-d", "oksconflibs:np02 *.xml"])
        log = self.wait_for_log(uuid, "is up")
        self.assertIn("df-01 of np02 is up: ['--name', 'df-01', '-s', 'np02', '-d', 'oksconflibs:np02 *.xml']", log)
        job = self.job(uuid)
        self.assertEqual([job["type"], job["session"], job["name"], job["log_file"]], ["daq-app", "np02", "df-01", str(self.dir / "logs" / "df-01.txt")])
        environment = self.environment_of(uuid)
        self.assertEqual([environment[name] for name in ("DUNEDAQ_SESSION", "DUNEDAQ_PARTITION", "DUNEDAQ_APPLICATION_NAME", "EXTRA")],
                         ["np02", "np02", "df-01", "a b"])
        self.assertEqual(len(self.payload_pids(uuid)), 3)
        self.assert_ends(uuid, signal.SIGQUIT, "Signal received: 3")
        self.assertNotIn("reloading", harness.text_of(self.log_bytes(uuid)))

    def test_a_session_ends_as_a_whole(self):
        uuids = [self.boot(), self.begin("daq-app", "session=np02", "name=df-02", "--", "-n", "df-02", "-s", "np02")]
        stranger = self.begin("daq-app", "session=np04", "name=df-01", "--", "-n", "df-01", "-s", "np04")
        for uuid in (*uuids, stranger):
            self.wait_for_log(uuid, "is up")
        self.jobctl("kill", "--session", "np02")
        self.assertEqual([self.state(uuid) for uuid in (*uuids, stranger)], ["killed", "killed", "running"])

    def test_several_commands(self):
        prepare = self.script("echo prepared $DUNEDAQ_APPLICATION_NAME", "prepare")
        uuid = self.boot(f"prepare={prepare}")
        self.assertRegex(self.wait_for_log(uuid, "is up"), r"\Aprepared df-01\ndf-01 of np02 is up")
        self.assertEqual(self.job(uuid)["command"], [[prepare], ["daq_application", "--name", "df-01", "-s", "np02"]])
        self.jobctl("kill", uuid)
        prepare = self.script("exit 3", "prepare")
        uuid = self.boot(f"prepare={prepare}")
        self.assertEqual(self.wait_ended(uuid)["reason"], "3")
        self.assertEqual(self.log_bytes(uuid), b"")

    def test_another_program(self):
        uuid = self.begin("daq-app", "session=np02", "name=root", "program=echo", "--", "a b", "$HOME")
        self.wait_ended(uuid)
        self.assertEqual(self.log_bytes(uuid), b"a b $HOME\n")

    def test_its_environment_may_come_from_a_file(self):
        (self.dir / "rte.env").write_text("DUNEDAQ_DB_PATH=/a:/b\n")
        uuid = self.boot("env-file=rte.env")
        self.wait_for_log(uuid, "is up")
        self.assertEqual(self.environment_of(uuid)["DUNEDAQ_DB_PATH"], "/a:/b")

    def test_what_it_needs_is_told(self):
        self.assertIn("session", self.refused("daq-app", "name=df-01"))
        self.assertIn("name", self.refused("daq-app", "session=np02"))
        self.assertIn("session", self.refused("daq-app", "session=", "name=df-01"))


class HttpServer(TemplateTest):
    def test_it_serves_the_files_of_a_folder(self):
        folder = self.dir / "a b"
        folder.mkdir()
        (folder / "hello.txt").write_text("hello")
        port = harness.free_port()
        uuid = self.begin("http-server", "dir=a b", f"port={port}", "--wait-ready")
        self.assertEqual(get(port, "/hello.txt"), "hello")
        self.wait_for_log(uuid, f"Serving HTTP on 127.0.0.1 port {port}")
        self.assertEqual(self.job(uuid)["command"], ["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), str(port)])
        self.assertIn(f"port {port} is taken by the job http-server-{uuid[:8]}", self.refused("http-server", f"port={port}", check=5))
        self.assert_ends(uuid, signal.SIGTERM)

    def test_this_folder_where_nobody_says_another(self):
        (self.dir / "hello.txt").write_text("hello")
        port = harness.free_port()
        self.begin("http-server", f"port={port}", "--wait-ready")
        self.assertEqual(get(port, "/hello.txt"), "hello")


class Notebook(TemplateTest):
    def test_it_ends_with_its_kernels(self):
        for app in ("lab", "notebook"):
            with self.subTest(app=app):
                folder = self.dir / f"work {app}"
                folder.mkdir()
                port = harness.free_port()
                uuid = self.begin("notebook", f"app={app}", f"dir=work {app}", f"port={port}", "--wait-ready")
                job = self.job(uuid)
                self.assertEqual(job["command"], ["jupyter", app, "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--port-retries=0"])
                self.assertEqual(job["working_directory"], str(folder))
                log = self.wait_for_log(uuid, f"http://127.0.0.1:{port}/{app}?token=")
                self.assertIn(f"Serving notebooks from local directory: {folder.resolve()}\n", log)
                self.assertEqual(len(self.payload_pids(uuid)), 2)
                self.assert_ends(uuid, signal.SIGTERM, "received signal 15, stopping")

    def test_it_begins_where_it_was_started(self):
        uuid = self.begin("notebook", f"port={harness.free_port()}", "--wait-ready")
        self.assertEqual(self.job(uuid)["working_directory"], str(self.dir))
        self.assertEqual(self.job(uuid)["command"][1], "lab")

    def test_wrong_values_are_refused(self):
        self.assert_wrong("notebook", ("app=hub", "port=-1", "directory=x"))


class Shell(TerminalTest):
    def test_it_takes_what_is_typed_and_ends_as_if_hung_up(self):
        uuid = self.start("--template", "shell", "name=work")
        terminal = self.terminal("attach", "work").wait_for("leaves it running]").wait_mode(echo=False)
        terminal.type(b"echo $((6 * 7)); sleep 1000 &\n")
        terminal.wait_for("42\r\n")
        terminal.type(b"\x10\x11")
        terminal.end(0)
        job = self.job(uuid)
        self.assertEqual([job["type"], job["name"], job["state"], job["command"]], ["shell", "work", "running", ["bash"]])
        self.assertEqual(self.unit_property(job["unit"], "KillSignal"), str(int(signal.SIGHUP)))
        pids = self.wait_until(lambda: (lambda found: found if len(found) == 2 else None)(self.payload_pids(uuid)), what="shell and sleep")
        self.jobctl("kill", "work")
        self.assertEqual([pid for pid in pids if harness.alive(pid)], [])

    def test_another_one(self):
        uuid = self.start("--template", "shell", "shell=sh", "login=true", "--", "-c", "echo $0 $-")
        self.assertEqual(self.job(self.wait_ended(uuid)["uuid"])["command"], ["sh", "-l", "-c", "echo $0 $-"])
        self.assertEqual(self.job(uuid)["state"], "done")


if __name__ == "__main__":
    harness.main()
