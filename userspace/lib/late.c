// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "late.h"

static pthread_mutex_t late_lock = PTHREAD_MUTEX_INITIALIZER;

static const char *late_resolve(struct late_library *library)
{
	void *handle = dlopen(library->name, RTLD_NOW | RTLD_LOCAL);
	const struct late_symbol *symbol;
	void *address;

	if (!handle)
		return dlerror();
	for (symbol = library->symbols; symbol->name; symbol++) {
		address = dlsym(handle, symbol->name);
		if (!address)
			return dlerror();
		memcpy(symbol->pointer, &address, sizeof(address));
	}
	/*
	 * The pointers are set before the flag. Pairs with __ATOMIC_ACQUIRE in
	 * late_load().
	 */
	__atomic_store_n(&library->loaded, true, __ATOMIC_RELEASE);
	return NULL;
}

const char *late_load(struct late_library *library)
{
	const char *missing;

	/* Pairs with __ATOMIC_RELEASE in late_resolve(). */
	if (__atomic_load_n(&library->loaded, __ATOMIC_ACQUIRE))
		return NULL;
	pthread_mutex_lock(&late_lock);
	missing = library->loaded ? NULL : late_resolve(library);
	pthread_mutex_unlock(&late_lock);
	return missing;
}
