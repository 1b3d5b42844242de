# SPDX-License-Identifier: GPL-3.0-or-later
"""The web pages as people use them: by the words on buttons and the labels of fields."""
import base64
import pathlib
import shutil
import subprocess

import pytest

from harness import BUILD, TREE, wait_until

WEB = TREE / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = BUILD / "pictures"
# Runs before the page does, and sees all that goes wrong in it.
WATCH = """
    window.odd = [];
    addEventListener('securitypolicyviolation', e => odd.push('policy: ' + e.violatedDirective + ' ' + e.blockedURI));
    addEventListener('error', e => odd.push('error: ' + (e.message || e.target.src || e.target.href)), true);
    addEventListener('unhandledrejection', e => odd.push('rejection: ' + (e.reason && e.reason.stack || e.reason)));
    const before = console.error;
    console.error = (...words) => { odd.push('console: ' + words.join(' ')); before(...words); };
"""
FIND = """
    const seen = one => one.checkVisibility() && !one.closest('[inert]');
    const dialog = document.querySelector('dialog[open]');
    const inside = [...(dialog ?? document).querySelectorAll(arguments[1])].filter(seen);
    return inside.find(one => (one.getAttribute('aria-label') ?? one.textContent).trim() === arguments[0])
        ?? inside.find(one => one.textContent.trim() === arguments[0]);
"""


def need_node():
    """Skips the test where the pages cannot be built."""
    if not shutil.which("node"):
        pytest.skip("tools/install-deps pages brings node and npm")
    if not (WEB / "node_modules" / "esbuild").exists():
        pytest.skip("make pages fetches what builds the pages")


def build(folder):
    subprocess.run(["node", WEB / "build.mjs", folder], check=True, capture_output=True, text=True)
    return folder


class Visitor:
    """Somebody in front of a browser, at a service."""

    def __init__(self, chromium, origin):
        self.chromium, self.driver, self.origin = chromium, chromium.driver, origin
        chromium.command("Page.enable")
        chromium.command("Page.setBypassCSP", enabled=False)
        self.watch = chromium.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self.driver.get_log("browser")
        self.look("wide", "light")

    def leave(self):
        self.chromium.command("Page.removeScriptToEvaluateOnNewDocument", **self.watch)
        self.chromium.command("Emulation.clearDeviceMetricsOverride")
        self.chromium.command("Emulation.setEmulatedMedia", features=[])

    # ---- what he does ----------------------------------------------------------------

    def open(self, path):
        self.driver.get(path if "://" in path else self.origin + path)
        self.run("document.documentElement.dataset.tested = ''")
        return self

    def run(self, script, *given):
        return self.driver.execute_script(script, *given)

    def find(self, words, kind="button, a, summary"):
        return wait_until(lambda: self.run(FIND, words, kind), 5, f"there is '{words}': " + self.text()[:600])

    def click(self, words, kind="button, a, summary"):
        found = self.find(words, kind)
        # Not below a toast, which is at the bottom.
        self.run("arguments[0].scrollIntoView({ block: 'center' })", found)
        found.click()
        return self

    def field(self, label):
        found = self.find(label, "label")
        return self.run("return document.getElementById(arguments[0].htmlFor)", found)

    def enter(self, label, text):
        box = self.field(label)
        self.run("arguments[0].focus(); arguments[0].select()", box)
        box.send_keys(text)
        return self

    def check(self, label):
        self.field(label).click()
        return self

    def text(self):
        return self.run("return document.body.innerText")

    def sees(self, words, seconds=5):
        wait_until(lambda: words in self.text(), seconds, f"the page says '{words}'; it says: " + self.text()[:1500])
        return self

    def arrives(self, path):
        wait_until(lambda: self.driver.current_url == self.origin + path, 5,
                   f"at {path}, not {self.driver.current_url}: " + self.text()[:600])
        return self

    def look(self, size, theme):
        width, height, mobile = {"wide": (1280, 860, False), "phone": (390, 844, True), "narrow": (320, 640, True)}[size]
        self.chromium.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                              deviceScaleFactor=2 if mobile else 1, mobile=mobile)
        self.chromium.command("Emulation.setEmulatedMedia",
                              features=[{"name": "prefers-color-scheme", "value": theme}])
        self.size, self.theme, self.width = size, theme, width
        return self

    # ---- what is wrong with it ---------------------------------------------------------

    def odd(self):
        """What went wrong in the page, and what the browser itself says of it."""
        said = [line["message"] for line in self.driver.get_log("browser")
                if line["level"] in ("SEVERE", "WARNING") and line["source"] in ("network", "security", "javascript")]
        return self.run("return window.odd ?? []") + said

    def is_well(self, *statuses):
        """Nothing went wrong but for replies with these statuses, which a test has provoked."""
        odd = [one for one in self.odd() if not any(f"status of {status}" in one for status in statuses)]
        assert not odd, "\n".join(odd)
        return self

    def is_accessible(self):
        self.run(AXE.read_text())
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then(r => done(r.violations.map("
            "v => v.id + ': ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' | '))))")
        assert found == [], "\n".join(found)
        return self

    def keep(self, name):
        """A picture of the whole page for people to look at, which must not be wider than the screen."""
        PICTURES.mkdir(exist_ok=True, parents=True)
        taken = self.chromium.command("Page.captureScreenshot", captureBeyondViewport=True)
        path = pathlib.Path(PICTURES / f"{name}-{self.size}-{self.theme}.png")
        path.write_bytes(base64.b64decode(taken["data"]))
        wide = self.run("return document.documentElement.scrollWidth")
        assert wide <= self.width, f"{path.name} is {wide} wide on a screen of {self.width}"
        return self

    def keep_all(self, name):
        """In each size and theme; accessible in both themes."""
        for size, theme in (("wide", "dark"), ("wide", "light"), ("narrow", "light"), ("phone", "light"), ("phone", "dark")):
            self.look(size, theme).keep(name)
            if (size, theme) in (("wide", "light"), ("phone", "dark")) and AXE.exists():
                self.is_accessible()
        return self.look("wide", "light")


