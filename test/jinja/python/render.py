"""Renders templates with Jinja2 itself: a JSON object a line in, a JSON object a line out.

In: {"template": source, "contexts": [{name: Python expression, or null for what is not there}]}, and, where they
differ from the defaults, "data" (plain JSON, for all contexts), "templates" ({name: source}) and "settings" (of
Jinja2's Environment). Out: {"answers": [{"text": result} or {"error": message, "kind": class}]}, one a context.
"""
import json
import sys

import jinja2
from markupsafe import Markup

NAMES = {"Markup": Markup, "inf": float("inf"), "nan": float("nan"), "json": json.loads}


def answer(template, context, data):
    try:
        values = {name: eval(source, dict(NAMES)) for name, source in context.items() if source is not None}
        return {"text": template().render({**data, **values})}
    except Exception as error:
        return {"error": str(error), "kind": type(error).__name__}


def answers(job):
    environment = jinja2.Environment(
        **{
            "autoescape": True,
            "extensions": ["jinja2.ext.do", "jinja2.ext.loopcontrols"],
            "loader": jinja2.DictLoader(job.get("templates", {})),
            **job.get("settings", {}),
        }
    )
    known = []

    def template():
        if not known:
            known.append(environment.from_string(job["template"]))
        return known[0]

    return [answer(template, context, job.get("data", {})) for context in job.get("contexts", [{}])]


for line in sys.stdin:
    print(json.dumps({"answers": answers(json.loads(line))}), flush=True)
