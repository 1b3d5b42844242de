# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium without a screen, with an authenticator that has no hardware."""
import json
import pathlib
import shutil

import pytest

try:
    from selenium import webdriver
except ImportError:  # Debian's python3-selenium
    webdriver = None

BROWSER, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# What a page of ours will do: ask the API, and hand its objects to the browser and back.
LIBRARY = """
    const done = arguments[arguments.length - 1], given = arguments;
    async function call(method, path, body) {
        const fields = { 'Content-Type': 'application/json' };
        if (window.csrf)
            fields['X-CSRF-Token'] = window.csrf;
        const reply = await fetch('/api/v1' + path, { method, headers: fields,
            body: method === 'GET' ? undefined : JSON.stringify(body ?? {}) });
        const text = await reply.text(), read = text ? JSON.parse(text) : null;
        if (reply.ok && read && read.csrf)
            window.csrf = read.csrf;
        return { status: reply.status, body: read };
    }
    async function create(options) {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
        return (await navigator.credentials.create({ publicKey })).toJSON();
    }
    async function get(options) {
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
        return (await navigator.credentials.get({ publicKey })).toJSON();
    }
    (async () => { %s })().then(done, error => done({ error: error.name, text: error.message }));
"""


def need():
    """Skips the test where something is missing."""
    missing = [name for name, there in (("chromium", pathlib.Path(BROWSER).exists()),
                                        ("chromium-driver", pathlib.Path(DRIVER).exists()),
                                        ("python3-selenium", webdriver)) if not there]
    if missing:
        pytest.skip(f"tools/install-deps browser brings {', '.join(missing)}")


class Chromium:
    """One browser, which all tests of a run share; each begins with a fresh one."""

    def __init__(self, folder):
        self.folder = folder
        options = webdriver.ChromeOptions()
        options.binary_location = BROWSER
        for option in [*OPTIONS, f"--user-data-dir={folder}"]:
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=webdriver.chrome.service.Service(DRIVER),
                                       options=options)
        self.driver.set_script_timeout(60)
        self.driver.set_page_load_timeout(60)
        self.command("WebAuthn.enable", enableUI=False)
        self.authenticator = None

    def command(self, name, **options):
        """One of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, options)

    def begin(self):
        """No cookies, no page, and an authenticator without passkeys."""
        self.command("Network.clearBrowserCookies")
        self.driver.get("about:blank")
        if self.authenticator:
            self.command("WebAuthn.removeVirtualAuthenticator", authenticatorId=self.authenticator)
        self.authenticator = self.command("WebAuthn.addVirtualAuthenticator", options={
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True,
            "automaticPresenceSimulation": True})["authenticatorId"]
        return self

    def open(self, rove):
        """There are no pages yet: a reply of the API is one of its origin, whose policy would let
        nothing run."""
        self.command("Page.enable")
        self.command("Page.setBypassCSP", enabled=True)
        self.driver.get(rove.origin + "/api/v1/session")
        return self

    def run(self, script, *given):
        """What the script, the body of an async function, gives as JSON."""
        return self.driver.execute_async_script(LIBRARY % script, *given)

    def credentials(self):
        return self.command("WebAuthn.getCredentials",
                            authenticatorId=self.authenticator)["credentials"]

    def stop(self):
        self.driver.quit()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __repr__(self):
        return f"Chromium {json.dumps(self.driver.capabilities.get('browserVersion'))}"
