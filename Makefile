# SPDX-License-Identifier: MIT
# The short way. Meson and ninja do the work: see meson.build and meson_options.txt.
#
#   make                build/cr2
#   make demo           what cr2 does, in two minutes
#   make test           the tests; the last line counts them
#   make test-all       those too that take long: more of guests, a bare CPU, cr2 bench model
#   make web            the step debugger in a browser: $(BUILD)/web/cr2.html, one file (needs npm)
#   make install        to $(DESTDIR)$(prefix), by default /usr/local
#   make deb            Debian packages, in $(DEB_BUILD)
#   make fuzz           every parser under libFuzzer, FUZZ_SECONDS each
#   make mutants        small mistakes in the source, each of which the unit tests must find
#   make clean          removes what was built
#
# Missing packages are installed after a question; with DEPS_FLAGS=-y or CI set, without one.

BUILD ?= build
DEB_BUILD ?= build-deb
DEMO_BUILD ?= build-demo
FUZZ_BUILD ?= build-fuzz
FUZZ_SECONDS ?= 30
# Build folders whose tests `make test` runs.
TEST_BUILDS ?= $(BUILD)
# Options for meson setup, such as -Dwerror=true.
MESON_FLAGS ?=
DEPS_FLAGS ?=
DESTDIR ?=

configure = scripts/configure $(BUILD) $(MESON_FLAGS) $(if $(prefix),-Dprefix='$(prefix)')

.PHONY: all
all: deps-build
	@$(configure)
	@ninja -C $(BUILD)

# Who wants to see cr2 does not want to wait for the optimiser: where there is no build yet, the demo
# makes one of its own, in less than half of the time.
soon = $(if $(wildcard $(BUILD)/build.ninja),,yes)
demo_build = $(if $(soon),$(DEMO_BUILD),$(BUILD))

.PHONY: demo
demo:
	@echo 'cr2: first builds $(demo_build)/cr2; where that is new, it takes a minute or so'
	@scripts/deps $(DEPS_FLAGS) build
	@scripts/configure $(demo_build) $(MESON_FLAGS) \
		$(if $(soon),-Doptimization=0 -Ddebug=false -Dunity=on -Dunity_size=8 -Dtests=disabled -Dstatic=disabled)
	@scripts/quiet 'building $(demo_build)/cr2' ninja -C $(demo_build) cr2
	@scripts/demo $(demo_build)/cr2
	$(if $(soon),@printf '\n%s\n' '`make` builds it with optimisation: $(BUILD)/cr2')

.PHONY: mutants
mutants: deps-test
	@scripts/mutants

.PHONY: test check test-all
test check test-all: deps-test
	@$(configure) -Dtests=enabled
	@ninja -C $(BUILD)
	@scripts/test $(if $(filter test-all,$@),--all) $(TEST_BUILDS)

.PHONY: web
web: deps-web
	@scripts/quiet 'building $(BUILD)/web/cr2.html' web/build $(BUILD)/web

.PHONY: install
install: deps-build
	@$(configure) $(if $(prefix),,-Dprefix=/usr/local)
	@ninja -C $(BUILD)
	@DESTDIR="$(DESTDIR)" scripts/quiet "installing to $(DESTDIR)$(or $(prefix),/usr/local)" \
		meson install -C $(BUILD) --no-rebuild
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then ldconfig; fi

.PHONY: deb
deb: deps-deb
	@scripts/deb "$(DEB_BUILD)"

.PHONY: fuzz
fuzz: deps-fuzz
	@CC=clang scripts/configure $(FUZZ_BUILD) -Dfuzz=true -Dtests=disabled \
		-Db_sanitize=address,undefined -Db_lundef=false
	@ninja -C $(FUZZ_BUILD)
	@scripts/fuzz $(FUZZ_BUILD) $(FUZZ_SECONDS)

.PHONY: clean
clean:
	rm -rf $(BUILD) $(DEB_BUILD) $(DEMO_BUILD) $(FUZZ_BUILD) build-ci-*

.PHONY: deps-build deps-test deps-deb deps-fuzz deps-web
deps-build deps-web: deps-%:
	@scripts/deps $(DEPS_FLAGS) $*
deps-test deps-deb deps-fuzz: deps-%:
	@scripts/deps $(DEPS_FLAGS) build $*
