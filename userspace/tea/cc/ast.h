/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CC_AST_H
#define CC_AST_H

#include <stdbool.h>
#include <stddef.h>

#include <userspace/tea/symbol.h>

#include "token.h"
#include "type.h"

struct cc_expr;
struct cc_function;
struct cc_statement;

/**
 * struct cc_variable - a global, a parameter or a local
 * @name: the word that names it; null for an unnamed parameter
 * @type: its type
 * @count: expression for the number of elements, or null
 * @value: initial value, or null; of an array, a list by cc_expr.next
 * @global: it has the same address in all functions
 * @assigned: it has a value, in the order of the source
 * @used: it is read or written
 * @stored: an assignment gives it a value
 * @gone: its block has ended
 * @position: bytes between the bottom of the frame and it; for a global, the
 *	bottom of the stack
 * @outer: of a local: the last one declared before it in the blocks around, or null
 * @next: the variable declared after it in the same place
 */
struct cc_variable {
	const struct cc_token *name;
	struct cc_type type;
	struct cc_expr *count;
	struct cc_expr *value;
	bool global;
	bool assigned;
	bool used;
	bool stored;
	bool gone;
	unsigned int position;
	struct cc_variable *outer;
	struct cc_variable *next;
};

/**
 * enum cc_expr_kind - expressions
 * @EXPR_CONSTANT: value
 * @EXPR_STRING: at is its word
 * @EXPR_VARIABLE: variable
 * @EXPR_ELEMENT: variable, and right as index
 * @EXPR_CALL: function, and left as list of arguments
 * @EXPR_UNARY: sign - + ! ~ and left
 * @EXPR_BINARY: sign, left and right
 * @EXPR_ASSIGN: left and right; sign is the operator of a compound one, or 0
 * @EXPR_STEP: sign SIGN_INC or SIGN_DEC and left
 * @EXPR_CONDITIONAL: left ? right : third
 * @EXPR_COMMA: left, right
 * @EXPR_CAST: left
 */
enum cc_expr_kind {
	EXPR_CONSTANT,
	EXPR_STRING,
	EXPR_VARIABLE,
	EXPR_ELEMENT,
	EXPR_CALL,
	EXPR_UNARY,
	EXPR_BINARY,
	EXPR_ASSIGN,
	EXPR_STEP,
	EXPR_CONDITIONAL,
	EXPR_COMMA,
	EXPR_CAST,
};

/**
 * struct cc_expr - an expression
 * @kind: what it is; the members for it are named there
 * @sign: its operator
 * @postfix: of a step: the value is the one before it
 * @fixed: the type of a constant is given, and does not depend on its value
 * @depth: expressions within each other
 * @at: its place
 * @type: its type, set by the checker; of a cast, given
 * @value: of a constant
 * @variable: set by the checker
 * @function: set by the checker
 * @left: first part
 * @right: second part
 * @third: third part
 * @next: the next one of a list
 */
struct cc_expr {
	enum cc_expr_kind kind;
	int sign;
	bool postfix;
	bool fixed;
	unsigned int depth;
	const struct cc_token *at;
	struct cc_type type;
	long long value;
	struct cc_variable *variable;
	struct cc_function *function;
	struct cc_expr *left;
	struct cc_expr *right;
	struct cc_expr *third;
	struct cc_expr *next;
};

/**
 * struct cc_label - the target of a goto
 * @name: the first word that names it
 * @defined: it has a place; otherwise only a goto names it
 * @used: a goto names it
 * @block: the block it is in
 * @id: number in the code
 */
struct cc_label {
	const struct cc_token *name;
	bool defined;
	bool used;
	const struct cc_statement *block;
	unsigned int id;
};

/**
 * struct cc_asm - an instruction or a label of an asm block
 * @at: the word
 * @opcode: the instruction; negative for a label
 * @operand: constant operand, or null
 * @target: the word that names a target, or null
 * @label: the label, set by the checker
 * @function: the function called, set by the checker
 * @next: the next one
 */
struct cc_asm {
	const struct cc_token *at;
	int opcode;
	struct cc_expr *operand;
	const struct cc_token *target;
	struct cc_label *label;
	struct cc_function *function;
	struct cc_asm *next;
};

/**
 * enum cc_statement_kind - statements
 * @STMT_EMPTY: nothing
 * @STMT_EXPR: expr
 * @STMT_BLOCK: variables, then body as list
 * @STMT_IF: expr, body, otherwise
 * @STMT_WHILE: expr, body
 * @STMT_DO: body, expr
 * @STMT_FOR: first, expr and step, each may be null; body
 * @STMT_SWITCH: expr, body; cases and otherwise set by the checker
 * @STMT_CASE: expr; body is what it stands before
 * @STMT_DEFAULT: body
 * @STMT_LABEL: at names it; body
 * @STMT_GOTO: target names it
 * @STMT_BREAK: leaves a loop or a switch
 * @STMT_CONTINUE: goes on with a loop
 * @STMT_RETURN: expr or null
 * @STMT_ASM: code
 */
enum cc_statement_kind {
	STMT_EMPTY,
	STMT_EXPR,
	STMT_BLOCK,
	STMT_IF,
	STMT_WHILE,
	STMT_DO,
	STMT_FOR,
	STMT_SWITCH,
	STMT_CASE,
	STMT_DEFAULT,
	STMT_LABEL,
	STMT_GOTO,
	STMT_BREAK,
	STMT_CONTINUE,
	STMT_RETURN,
	STMT_ASM,
};

/**
 * struct cc_statement - a statement
 * @kind: what it is; the members for it are named there
 * @at: its first word
 * @end: of a block, the closing brace
 * @target: of a goto
 * @expr: its expression
 * @first: of a for
 * @step: of a for
 * @variables: of a block
 * @code: of an asm block
 * @body: the statement in it
 * @otherwise: the other one; of a switch, its default
 * @cases: of a switch; linked by the same member of each case
 * @parent: of a block, label or goto: the block around it
 * @depth: of a block: bytes of the frame once its variables are there
 * @label: of a label, goto, case or default
 * @breaks: of a loop: a break leaves it
 * @next: the next one of a list
 */
struct cc_statement {
	enum cc_statement_kind kind;
	const struct cc_token *at;
	const struct cc_token *end;
	const struct cc_token *target;
	struct cc_expr *expr;
	struct cc_expr *first;
	struct cc_expr *step;
	struct cc_variable *variables;
	struct cc_asm *code;
	struct cc_statement *body;
	struct cc_statement *otherwise;
	struct cc_statement *cases;
	struct cc_statement *parent;
	unsigned int depth;
	struct cc_label *label;
	bool breaks;
	struct cc_statement *next;
};

/**
 * struct cc_function - a function
 * @name: the word that names it
 * @type: what it returns
 * @parameters: its parameters
 * @parameter_count: number of them
 * @parameter_bytes: bytes they take in its frame
 * @frame: bytes of its frame without locals, set by the checker
 * @body: its block; null for a prototype
 * @defined: the function itself, if this is a prototype of it
 * @is_main: it is main
 * @reached: its code is needed
 * @calls: functions it calls, perhaps several times
 * @call_count: number of them
 * @label: number of its start in the code
 * @next: the next one in the source
 */
struct cc_function {
	const struct cc_token *name;
	struct cc_type type;
	struct cc_variable *parameters;
	size_t parameter_count;
	unsigned int parameter_bytes;
	unsigned int frame;
	struct cc_statement *body;
	struct cc_function *defined;
	bool is_main;
	bool reached;
	struct cc_function **calls;
	size_t call_count;
	unsigned int label;
	struct cc_function *next;
};

/**
 * struct cc_item - a declaration outside of functions
 * @function: a function or a prototype, or null
 * @variable: a global, or null
 * @next: the next one in the source
 */
struct cc_item {
	struct cc_function *function;
	struct cc_variable *variable;
	struct cc_item *next;
};

/**
 * struct cc_unit - a program
 * @items: everything in the order of the source
 * @end: the end of the source
 * @main: the function main, set by the checker
 * @functions: all functions that have a body, set by the checker
 * @globals_from: position of the first global
 * @globals_end: position behind the last one
 * @labels: numbers given to labels so far
 */
struct cc_unit {
	struct cc_item *items;
	const struct cc_token *end;
	struct cc_function *main;
	struct cc_function *functions;
	unsigned int globals_from;
	unsigned int globals_end;
	unsigned int labels;
};

#endif
