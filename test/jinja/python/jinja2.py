"""Renders templates with Jinja2 itself: a JSON object a line in, a JSON object a line out.

In: {"template": source, "context": data, "templates": {name: source}, "autoescape": true, "trim_blocks": false,
"lstrip_blocks": false, "keep_trailing_newline": false}. Out: {"text": result} or {"error": message, "kind": class}.

In the context, {"$python": expression} stands for what JSON has no way to write: Markup('<b>'), (1, 2), 2.0.
"""
import json
import sys

import jinja2
from markupsafe import Markup


def decoded(value):
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$python"}:
        return eval(value["$python"], {"Markup": Markup, "inf": float("inf"), "nan": float("nan")})
    return {key: decoded(item) for key, item in value.items()}


def answer(job):
    environment = jinja2.Environment(
        autoescape=job.get("autoescape", True),
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        loader=jinja2.DictLoader(job.get("templates", {})),
        trim_blocks=job.get("trim_blocks", False),
        lstrip_blocks=job.get("lstrip_blocks", False),
        keep_trailing_newline=job.get("keep_trailing_newline", False),
    )
    try:
        return {"text": environment.from_string(job["template"]).render(decoded(job.get("context", {})))}
    except Exception as error:
        return {"error": str(error), "kind": type(error).__name__}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
