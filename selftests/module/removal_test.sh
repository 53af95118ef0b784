#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "make modules_uninstall" while the module is loaded.

# shellcheck source=../ktap.sh
. "$(dirname "$0")/../ktap.sh"

files()
{
	find "/lib/modules/$(uname -r)" -name 'teavmx.ko*'
}

ktap_start
before=$(files)
"$here/install_module" modules_uninstall "$(uname -r)" >"$work/out" 2>&1
ktap_same "a module that is loaded is not removed" 1 $?
contains "the message shows why, and what to do" "$work/out" \
	"modules_uninstall: the module is loaded, so nothing was changed: end what uses it"
ktap_same "its file remains" "$before" "$(files)"
[ -n "$before" ]
ktap_result $? "there is one"
ktap_finish
