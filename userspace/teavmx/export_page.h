/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEAVMX_EXPORT_PAGE_H
#define TEAVMX_EXPORT_PAGE_H

/* Where the data of a recording is inserted into export_page */
#define EXPORT_PAGE_PLACE	"@data@"

/**
 * export_page - the contents of export.html
 */
extern const char export_page[];

#endif
