# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For the script run: the checks that need a debug kernel (selftests/debug).
# shellcheck disable=SC2154 # run sets work, and has result()

leaks=/sys/kernel/debug/kmemleak
owners=/sys/kernel/debug/page_owner_stacks/show_stacks

is_debug_kernel()
{
	[ -e $leaks ]
}

# pages_of_gone_code: stacks that allocated pages which are still in use, with an address
# that has no name any more, as the module is unloaded.  A page that a cache of the
# kernel got belongs to the cache, not to the code that needed the first object in it,
# KASAN keeps the shadow of what vmalloc() once used, and the store of call stacks keeps
# all of them.
pages_of_gone_code()
{
	awk -v RS= '
		/nr_base_pages: [1-9]/ && /(^|\n) *0x[0-9a-f]+/ &&
		!/allocate_slab|___slab_alloc|pcpu_populate|__pte_alloc|page_frag/ &&
		!/kasan_populate|stack_depot_save/' \
		$owners
}

# no_leak: kmemleak reports an object when two scans have found no pointer to it and it
# has not changed between them, but none that is younger than 5 seconds.  A pair of
# scans takes minutes in Bochs, so there is one for all loads of the module.
no_leak()
{
	sleep 6
	echo scan >$leaks
	echo scan >$leaks
	cat $leaks >"$work/leaks"
	echo clear >$leaks
	sed 's/^/# /' "$work/leaks"
	[ ! -s "$work/leaks" ]
	result $? "kmemleak found nothing"
	pages_of_gone_code >"$work/pages"
	sed 's/^/# /' "$work/pages"
	[ ! -s "$work/pages" ]
	result $? "no page of the module is left"
}

# locks_proved: lockdep turns itself off after its first report or when a table is full,
# and reports nothing more.
locks_proved()
{
	grep -q 'debug_locks: *1' /proc/lockdep_stats
	result $? "lockdep was on to the end"
}
