"""Answers commands, one line of JSON each, with what a client's module does; see ../driver.ts."""

import json
import sys
import traceback


def serve(commands):
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            answer = commands[ask.pop("command")](**ask) or {}
        except Exception as error:
            traceback.print_exc()
            answer = {"failed": repr(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
