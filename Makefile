# SPDX-License-Identifier: GPL-3.0-or-later
# Names the verbs; Meson and tools/ do the work. See CONTRIBUTING.md.
.POSIX:
.PHONY: all release pages check lint asan fuzz bench cover long install clean

# Debian's, whichever python comes first in PATH.
MESON = /usr/bin/meson
PREFIX = /usr/local

all: release

release:
	tools/build release --prefix=$(PREFIX)
pages:
	tools/install-deps pages
	tools/pages
check:
	./check
lint:
	tools/lint
asan:
	tools/build check
	$(MESON) test -C build/check --no-rebuild --print-errorlogs
fuzz:
	tools/fuzz 60
bench:
	tools/install-deps build check bench
	tools/build bench
	$(MESON) test -C build/bench --no-rebuild --benchmark --verbose
cover:
	tools/cover
long:
	tools/long
install: release
	$(MESON) install -C build/release --no-rebuild
clean:
	rm -rf build
