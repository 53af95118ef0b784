/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GALLERY_DOCUMENT_H
#define GALLERY_DOCUMENT_H

#include <stdio.h>

/* The table of exits in Documentation/exits.rst */

/**
 * document_write() - copy a document with a new table
 * @old: the document; its table is between two marks
 * @new: receives the document
 *
 * Return: 0, -1 when the marks are not there or @new cannot be written.
 */
int document_write(FILE *old, FILE *new);

/**
 * document_check() - is the table of a document the one of gallery.h?
 * @name: file
 *
 * Return: 0, or -1; a diagnostic line shows the first difference.
 */
int document_check(const char *name);

#endif
