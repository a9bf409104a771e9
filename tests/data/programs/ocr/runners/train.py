#!/usr/bin/env python3
"""Looks like the training script of an OCR project as far as jobctl's templates need it: it takes --config-name and
overrides as Hydra does, and trains with loader workers: those of tests/data/train.py.
"""

import argparse
import pathlib
import re
import runpy
import sys

KNOWN = {"trainer.max_epochs", "seed", "dataloaders.train_dataloader.num_workers", "dataloaders.train_dataloader.persistent_workers",
         "dataloaders.val_dataloader.num_workers", "dataloaders.val_dataloader.persistent_workers"}
PROJECT = pathlib.Path(__file__).resolve().parents[1]


def parse_arguments():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--config-name", default="train")
    parser.add_argument("overrides", nargs="*")
    arguments = parser.parse_args()
    if not (PROJECT / "configs" / f"{arguments.config_name}.yaml").is_file():
        sys.exit(f"Cannot find primary config '{arguments.config_name}'")
    return arguments


def settings_of(overrides):
    settings = {}
    for override in overrides:
        match = re.fullmatch(r"(\+{0,2})([\w./]+)=(.*)", override)
        if not match:
            sys.exit(f"LexerNoViableAltException: {override}")
        if not match[1] and match[2] not in KNOWN:
            sys.exit(f"Could not override '{match[2]}'. Key '{match[2]}' is not in struct")
        settings[match[2]] = match[3]
    return settings


def main():
    settings = settings_of(parse_arguments().overrides)
    workers = settings.get("dataloaders.train_dataloader.num_workers", "2")
    for loader in ("train", "val", "test", "predict"):
        if settings.get(f"dataloaders.{loader}_dataloader.persistent_workers") == "true":
            print(f"{loader}: persistent workers")
    sys.argv = [__file__, "--workers", workers, "--step-sleep", "0.01", "--steps", "2", "--epochs", settings.get("trainer.max_epochs", "1000000")]
    runpy.run_path(str(PROJECT.parents[1] / "train.py"), run_name="__main__")


if __name__ == "__main__":
    main()
