// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of VMCSs as text: each broken VMCS of selftests/module/doctor_test.c in
 * every format that teavmx doctor reads, then cut off at every byte, and with
 * bytes garbled. What is read of such a dump must be what was written.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <selftests/module/doctor_rows.h>
#include <userspace/teavmx/vmcs_dump.h>

#include "doctor_snapshot.h"
#include "kselftest_harness.h"

#define TEXT_MAX	32768
#define SOME_PAGE	0x234000
/* Real seconds, of a host that may be busy */
#define LONG_S		600

struct text {
	size_t size;
	char bytes[TEXT_MAX];
};

static void put(struct text *text, const char *format, ...)
	__attribute__((__format__(printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->size += vsnprintf(text->bytes + text->size,
				TEXT_MAX - text->size, format, arguments);
	va_end(arguments);
}

static unsigned long long field(const struct teavmx_snapshot *snapshot,
				uint32_t encoding)
{
	uint64_t value = 0;

	teavmx_snapshot_get(snapshot, TEAVMX_FACT_FIELD, encoding, &value);
	return value;
}

#define G(name)	field(snapshot, VMCS_FIELD_##name)

/* A line of the kernel log; half of them with what else is logged meanwhile */
#define LOG(format, ...) \
	put(text, "[ 1234.%06u] kvm_intel: " format "\n%s", \
	    (unsigned int)text->size, ##__VA_ARGS__, \
	    text->size & 1 ? "[ 1234.567890] usb 1-1: RIP=1 PAT CR3\n" : "")

#define SEGMENT(label, name) \
	LOG(label " sel=0x%04llx, attr=0x%05llx, limit=0x%08llx, base=0x%016llx", \
	    G(GUEST_##name##_SELECTOR), G(GUEST_##name##_ACCESS_RIGHTS), \
	    G(GUEST_##name##_LIMIT), G(GUEST_##name##_BASE))

/* All rows have areas of one MSR. */
static void put_msrs(struct text *text, const char *name)
{
	LOG("MSR %s:", name);
	LOG("  %2d: msr=0x%08x value=0x%016llx", 0, 0x600, 0ULL);
}

static void put_guest(struct text *text, const struct teavmx_snapshot *snapshot)
{
	LOG("VMCS 00000000b5d2d5c3, last attempted VM-entry on CPU 1");
	LOG("*** Guest State ***");
	LOG("CR0: actual=0x%016llx, shadow=0x%016llx, gh_mask=%016llx",
	    G(GUEST_CR0), G(CR0_SHADOW), G(CR0_MASK));
	LOG("CR4: actual=0x%016llx, shadow=0x%016llx, gh_mask=%016llx",
	    G(GUEST_CR4), G(CR4_SHADOW), G(CR4_MASK));
	LOG("CR3 = 0x%016llx", G(GUEST_CR3));
	LOG("PDPTR0 = 0x%016llx  PDPTR1 = 0x%016llx", G(GUEST_PDPTE_0),
	    G(GUEST_PDPTE_1));
	LOG("PDPTR2 = 0x%016llx  PDPTR3 = 0x%016llx", G(GUEST_PDPTE_2),
	    G(GUEST_PDPTE_3));
	LOG("RSP = 0x%016llx  RIP = 0x%016llx", G(GUEST_RSP), G(GUEST_RIP));
	LOG("RFLAGS=0x%08llx         DR7 = 0x%016llx", G(GUEST_RFLAGS),
	    G(GUEST_DR7));
	LOG("Sysenter RSP=%016llx CS:RIP=%04llx:%016llx",
	    G(GUEST_SYSENTER_ESP), G(GUEST_SYSENTER_CS),
	    G(GUEST_SYSENTER_EIP));
	SEGMENT("CS:  ", CS);
	SEGMENT("DS:  ", DS);
	SEGMENT("SS:  ", SS);
	SEGMENT("ES:  ", ES);
	SEGMENT("FS:  ", FS);
	SEGMENT("GS:  ", GS);
	LOG("GDTR:                           limit=0x%08llx, base=0x%016llx",
	    G(GUEST_GDTR_LIMIT), G(GUEST_GDTR_BASE));
	SEGMENT("LDTR:", LDTR);
	LOG("IDTR:                           limit=0x%08llx, base=0x%016llx",
	    G(GUEST_IDTR_LIMIT), G(GUEST_IDTR_BASE));
	SEGMENT("TR:  ", TR);
	if (G(ENTRY_CONTROLS) & 1 << 15)
		LOG("EFER= 0x%016llx", G(GUEST_EFER));
	else
		LOG("EFER= 0x%016llx (effective)", 0xd01ULL);
	if (G(ENTRY_CONTROLS) & 1 << 14)
		LOG("PAT = 0x%016llx", G(GUEST_PAT));
	LOG("DebugCtl = 0x%016llx  DebugExceptions = 0x%016llx",
	    G(GUEST_DEBUGCTL), G(GUEST_PENDING_DEBUG));
	LOG("Interruptibility = %08llx  ActivityState = %08llx",
	    G(GUEST_INTERRUPTIBILITY), G(GUEST_ACTIVITY));
	if (G(ENTRY_MSR_LOAD_COUNT))
		put_msrs(text, "guest autoload");
	if (G(EXIT_MSR_STORE_COUNT))
		put_msrs(text, "guest autostore");
}

static void put_host(struct text *text, const struct teavmx_snapshot *snapshot)
{
	LOG("*** Host State ***");
	LOG("RIP = 0x%016llx  RSP = 0x%016llx", G(HOST_RIP), G(HOST_RSP));
	LOG("CS=%04llx SS=%04llx DS=%04llx ES=%04llx FS=%04llx GS=%04llx TR=%04llx",
	    G(HOST_CS_SELECTOR), G(HOST_SS_SELECTOR), G(HOST_DS_SELECTOR),
	    G(HOST_ES_SELECTOR), G(HOST_FS_SELECTOR), G(HOST_GS_SELECTOR),
	    G(HOST_TR_SELECTOR));
	LOG("FSBase=%016llx GSBase=%016llx TRBase=%016llx", G(HOST_FS_BASE),
	    G(HOST_GS_BASE), G(HOST_TR_BASE));
	LOG("GDTBase=%016llx IDTBase=%016llx", G(HOST_GDTR_BASE),
	    G(HOST_IDTR_BASE));
	LOG("CR0=%016llx CR3=%016llx CR4=%016llx", G(HOST_CR0), G(HOST_CR3),
	    G(HOST_CR4));
	LOG("Sysenter RSP=%016llx CS:RIP=%04llx:%016llx",
	    G(HOST_SYSENTER_ESP), G(HOST_SYSENTER_CS), G(HOST_SYSENTER_EIP));
	LOG("EFER= 0x%016llx", G(HOST_EFER));
	LOG("PAT = 0x%016llx", G(HOST_PAT));
	if (G(EXIT_MSR_LOAD_COUNT))
		put_msrs(text, "host autoload");
}

static void put_controls(struct text *text,
			 const struct teavmx_snapshot *snapshot)
{
	LOG("*** Control State ***");
	LOG("CPUBased=0x%08llx SecondaryExec=0x%08llx TertiaryExec=0x%016llx",
	    G(PRIMARY_CONTROLS), G(SECONDARY_CONTROLS), G(TERTIARY_CONTROLS));
	LOG("PinBased=0x%08llx EntryControls=%08llx ExitControls=%08llx",
	    G(PIN_CONTROLS), G(ENTRY_CONTROLS), G(EXIT_CONTROLS));
	LOG("ExceptionBitmap=%08llx PFECmask=%08llx PFECmatch=%08llx",
	    G(EXCEPTION_BITMAP), G(PAGE_FAULT_MASK), G(PAGE_FAULT_MATCH));
	LOG("VMEntry: intr_info=%08llx errcode=%08llx ilen=%08llx",
	    G(ENTRY_INTERRUPTION_INFO), G(ENTRY_ERROR_CODE),
	    G(ENTRY_INSTRUCTION_LENGTH));
	LOG("VMExit: intr_info=%08llx errcode=%08llx ilen=%08llx",
	    G(EXIT_INTERRUPTION_INFO), G(EXIT_ERROR_CODE),
	    G(EXIT_INSTRUCTION_LENGTH));
	LOG("        reason=%08llx qualification=%016llx", G(EXIT_REASON),
	    G(EXIT_QUALIFICATION));
	LOG("IDTVectoring: info=%08llx errcode=%08llx", G(IDT_VECTORING_INFO),
	    G(IDT_VECTORING_ERROR_CODE));
	LOG("TSC Offset = 0x%016llx", G(TSC_OFFSET));
	if (G(PRIMARY_CONTROLS) & 1 << 21) {
		LOG("TPR Threshold = 0x%02llx", G(TPR_THRESHOLD));
		if (G(SECONDARY_CONTROLS) & 1)
			put(text, "APIC-access addr = 0x%016llx ",
			    G(APIC_ACCESS_ADDRESS));
		put(text, "virt-APIC addr = 0x%016llx\n",
		    G(VIRTUAL_APIC_ADDRESS));
	}
	if (G(SECONDARY_CONTROLS) & 1 << 1)
		LOG("EPT pointer = 0x%016llx", G(EPT_POINTER));
	if (G(SECONDARY_CONTROLS) & 1 << 5)
		LOG("Virtual processor ID = 0x%04llx", G(VPID));
}

/* After the format strings of dump_vmcs() in the kernel's vmx.c */
static void put_kvm(struct text *text, const struct teavmx_snapshot *snapshot)
{
	put_guest(text, snapshot);
	put_host(text, snapshot);
	put_controls(text, snapshot);
}

static void put_list(struct text *text, const struct teavmx_snapshot *snapshot)
{
	static const char *const forms[] = { "%s 0x%llx\n", "%s = %llu\n",
					     "%s: 0x%llx # text\n" };
	char name[32];
	size_t i;

	for (i = 0; i < snapshot->count; i++) {
		const struct teavmx_fact *fact = &snapshot->facts[i];

		if (fact->kind == TEAVMX_FACT_FIELD && i % 5 == 0) {
			put(text, "0x%x 0x%llx\n", fact->number,
			    (unsigned long long)fact->value);
			continue;
		}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
		put(text, forms[i % 3],
		    vmcs_dump_fact_name(fact, name, sizeof(name)),
		    (unsigned long long)fact->value);
#pragma GCC diagnostic pop
	}
}

static void put_json_facts(struct text *text, const char *name,
			   const char *number, uint32_t kind,
			   const struct teavmx_snapshot *snapshot)
{
	const char *comma = "";
	size_t i;

	put(text, "\"%s\":[", name);
	for (i = 0; i < snapshot->count; i++) {
		const struct teavmx_fact *fact = &snapshot->facts[i];
		unsigned long long value = fact->value;

		if (fact->kind != kind)
			continue;
		put(text, value >> 63 ? "%s\n{\"%s\":%u,\"value\":\"0x%llx\"}" :
					"%s\n{\"%s\":%u,\"value\":%llu}",
		    comma, number, fact->number, value);
		comma = ",";
	}
	put(text, "],\n");
}

static void put_json(struct text *text, const struct teavmx_snapshot *snapshot)
{
	const char *comma = "";
	size_t i;

	put(text, "{\"vm\":1,\"vcpu\":0,");
	put_json_facts(text, "fields", "encoding", TEAVMX_FACT_FIELD, snapshot);
	put_json_facts(text, "msrs", "number", TEAVMX_FACT_MSR, snapshot);
	put(text, "\"words\":{");
	for (i = 0; i < snapshot->count; i++) {
		const struct teavmx_fact *fact = &snapshot->facts[i];

		if (fact->kind != TEAVMX_FACT_WORD)
			continue;
		put(text, "%s\"%s\":%llu", comma, vmx_word_name(fact->number),
		    (unsigned long long)fact->value);
		comma = ",";
	}
	put(text, "}}\n");
}

/* What is known of a row; what a dump cannot hold is left out. */
static void row_snapshot(const struct row *row, struct teavmx_snapshot *snapshot)
{
	size_t i;

	healthy_snapshot(snapshot);
	for (i = 0; i < count_writes(row); i++)
		teavmx_snapshot_set(snapshot, TEAVMX_FACT_FIELD,
				    row->writes[i].field,
				    (row->writes[i].value &
				     ~0xffffffffULL) == PAGES ?
				    SOME_PAGE : row->writes[i].value);
}

static bool is_part_of(const struct teavmx_snapshot *part,
		       const struct teavmx_snapshot *whole)
{
	uint64_t value;
	size_t i;

	for (i = 0; i < part->count; i++) {
		const struct teavmx_fact *fact = &part->facts[i];
		bool known = teavmx_snapshot_get(whole, fact->kind,
						 fact->number, &value);

		/* KVM prints fields that the healthy VMCS does not mention. */
		if (fact->value && (!known || value != fact->value)) {
			printf("# %s is 0x%llx\n",
			       vmcs_field_name(fact->number),
			       (unsigned long long)fact->value);
			return false;
		}
	}
	return true;
}

FIXTURE(dump)
{
	struct teavmx_snapshot snapshot;
	struct teavmx_diagnosis diagnosis;
	struct vmcs_dumps dumps;
	struct text text;
};

FIXTURE_SETUP(dump)
{
}

FIXTURE_TEARDOWN(dump)
{
}

/* Everything that a format can hold comes back. */
static void expect_same(struct __test_metadata *_metadata,
			FIXTURE_DATA(dump) *self, const struct row *row)
{
	const struct teavmx_snapshot *read = &self->dumps.list[0].snapshot;

	ASSERT_EQ(1, self->dumps.count);
	ASSERT_EQ(0, self->dumps.note_count)
		TH_LOG("%s: line %u: %s", row->name, self->dumps.notes[0].line,
		       self->dumps.notes[0].text);
	EXPECT_EQ(self->snapshot.count, read->count);
	EXPECT_TRUE(is_part_of(&self->snapshot, read));
	EXPECT_TRUE(is_part_of(read, &self->snapshot));
}

static void read_text(FIXTURE_DATA(dump) *self)
{
	memset(&self->dumps, 0, sizeof(self->dumps));
	vmcs_dumps_read(self->text.bytes, self->text.size, &self->dumps);
}

TEST_F(dump, list)
{
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		row_snapshot(&rows[i], &self->snapshot);
		self->text.size = 0;
		put_list(&self->text, &self->snapshot);
		read_text(self);
		expect_same(_metadata, self, &rows[i]);
	}
}

TEST_F(dump, json)
{
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		row_snapshot(&rows[i], &self->snapshot);
		self->text.size = 0;
		put_json(&self->text, &self->snapshot);
		read_text(self);
		expect_same(_metadata, self, &rows[i]);
	}
}

/* Was a rule not checked? */
static bool rule_is_unchecked(const struct teavmx_diagnosis *diagnosis, uint32_t rule)
{
	size_t i;

	for (i = 0; i < diagnosis->unchecked_count; i++)
		if (diagnosis->unchecked[i].rule == rule)
			return true;
	return false;
}

/* KVM prints no MSRs and not all fields: a row is found, or not checked. */
TEST_F(dump, kvm)
{
	unsigned int found = 0;
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		struct vmcs_dump *dump = &self->dumps.list[0];

		row_snapshot(&rows[i], &self->snapshot);
		if (rows[i].outcome == GUEST)
			teavmx_snapshot_set(&self->snapshot, TEAVMX_FACT_FIELD,
					    VMCS_FIELD_EXIT_REASON, 0x80000021);
		self->text.size = 0;
		put_kvm(&self->text, &self->snapshot);
		read_text(self);
		ASSERT_EQ(1, self->dumps.count);
		ASSERT_EQ(0, self->dumps.note_count)
			TH_LOG("%s: line %u: %s", rows[i].name,
			       self->dumps.notes[0].line,
			       self->dumps.notes[0].text);
		EXPECT_LT(90, dump->snapshot.count);
		EXPECT_TRUE(is_part_of(&dump->snapshot, &self->snapshot));
		if (rows[i].outcome == MSRS)
			continue;
		teavmx_doctor(&dump->snapshot, &self->diagnosis);
		if (!rows[i].outcome) {
			EXPECT_EQ(0, self->diagnosis.finding_count);
			continue;
		}
		if (!self->diagnosis.finding_count) {
			EXPECT_TRUE(rule_is_unchecked(&self->diagnosis, rows[i].rule))
				TH_LOG("%s", rows[i].name);
			continue;
		}
		found++;
		EXPECT_EQ(rows[i].field, self->diagnosis.findings[0].field)
			TH_LOG("%s", rows[i].name);
		EXPECT_TRUE(rows[i].rule == self->diagnosis.findings[0].rule ||
			    rule_is_unchecked(&self->diagnosis, rows[i].rule))
			TH_LOG("%s", rows[i].name);
	}
	printf("# %u of %zu rows are found in what KVM prints\n", found,
	       ROW_COUNT);
	EXPECT_LT(100, found);
}

/* The rights of CS are those of a data segment. */
static void broken_text(FIXTURE_DATA(dump) *self,
			void (*put_text)(struct text *text,
					 const struct teavmx_snapshot *snapshot))
{
	healthy_snapshot(&self->snapshot);
	teavmx_snapshot_set(&self->snapshot, TEAVMX_FACT_FIELD,
			    VMCS_FIELD_GUEST_CS_ACCESS_RIGHTS, 0x93);
	self->text.size = 0;
	put_text(&self->text, &self->snapshot);
}

/* The last line of a list may be cut within its number, and a note reports it. */
static void drop_last(struct vmcs_dumps *dumps)
{
	if (dumps->count && dumps->note_count &&
	    strstr(dumps->notes[dumps->note_count - 1].text, "may be cut off"))
		dumps->list[0].snapshot.count--;
}

static void cut(struct __test_metadata *_metadata, FIXTURE_DATA(dump) *self,
		void (*put_text)(struct text *text,
				 const struct teavmx_snapshot *snapshot))
{
	size_t size, read = 0;

	broken_text(self, put_text);
	size = self->text.size;
	while (self->text.size--) {
		/* From memory of its own, so that a sanitizer sees each byte. */
		char *copy = malloc(self->text.size + 1);

		ASSERT_NE(NULL, copy);
		memcpy(copy, self->text.bytes, self->text.size);
		memset(&self->dumps, 0, sizeof(self->dumps));
		vmcs_dumps_read(copy, self->text.size, &self->dumps);
		free(copy);
		drop_last(&self->dumps);
		ASSERT_LE(self->dumps.count, 1);
		ASSERT_TRUE(is_part_of(&self->dumps.list[0].snapshot,
				       &self->snapshot))
			TH_LOG("ends at byte %zu of %zu", self->text.size, size);
		if (!read)
			read = self->dumps.list[0].snapshot.count;
	}
	/* Of a dump that lacks its last byte nearly all is read. */
	EXPECT_LT(85, read);
}

TEST_F_TIMEOUT(dump, cut_list, LONG_S)
{
	cut(_metadata, self, put_list);
}

TEST_F_TIMEOUT(dump, cut_json, LONG_S)
{
	cut(_metadata, self, put_json);
}

TEST_F_TIMEOUT(dump, cut_kvm, LONG_S)
{
	cut(_metadata, self, put_kvm);
}

/* Nothing may be read past the end, and nothing may hang. */
TEST_F_TIMEOUT(dump, garbled, LONG_S)
{
	void (*const put_text[])(struct text *text,
				 const struct teavmx_snapshot *snapshot) = {
		put_list, put_json, put_kvm };
	unsigned int round, byte;

	srandom(1);
	for (round = 0; round < 600; round++) {
		broken_text(self, put_text[round % 3]);
		for (byte = 0; byte < 1 + round / 20; byte++)
			self->text.bytes[random() % self->text.size] = random();
		read_text(self);
		EXPECT_LE(self->dumps.count, VMCS_DUMPS_MAX);
		teavmx_doctor(&self->dumps.list[0].snapshot, &self->diagnosis);
	}
}

TEST_F(dump, two)
{
	void (*const put_text[])(struct text *text,
				 const struct teavmx_snapshot *snapshot) = {
		put_list, put_json, put_kvm };
	size_t i, n;

	for (i = 0; i < 3; i++) {
		broken_text(self, put_text[i]);
		put_text[i](&self->text, &self->snapshot);
		read_text(self);
		ASSERT_EQ(2, self->dumps.count);
		EXPECT_STREQ("another dump begins here",
			     self->dumps.notes[0].text);
		EXPECT_EQ(self->dumps.list[1].line, self->dumps.notes[0].line);
		for (n = 0; n < 2; n++) {
			teavmx_doctor(&self->dumps.list[n].snapshot,
				      &self->diagnosis);
			ASSERT_LT(0, self->diagnosis.finding_count);
			EXPECT_EQ(VMX_RULE_NOT_CODE_SEGMENT,
				  self->diagnosis.findings[0].rule);
		}
	}
}

/* More dumps than there is room for */
TEST_F(dump, many)
{
	unsigned int i;

	for (i = 0; i < 100; i++)
		put(&self->text, "GUEST_CR0 0x%x\n", i);
	read_text(self);
	EXPECT_EQ(VMCS_DUMPS_MAX, self->dumps.count);
	EXPECT_LT(80, self->dumps.note_count);
}

/* Numbers that mean nothing leave the room to the fields that there are. */
TEST_F(dump, unknown_numbers)
{
	const struct teavmx_snapshot *snapshot = &self->dumps.list[0].snapshot;
	uint64_t value = 0;
	unsigned int i;

	put(&self->text, "{\"fields\":[");
	for (i = 0; i < TEAVMX_FACTS_MAX; i++)
		put(&self->text, "{\"encoding\":%u,\"value\":1},", 0x10000 + i);
	put(&self->text, "{\"name\":\"GUEST_CR0\",\"value\":5}]}");
	read_text(self);
	EXPECT_EQ(TEAVMX_FACTS_MAX, self->dumps.note_count);
	EXPECT_STREQ("no VMCS field has the number 0x10000",
		     self->dumps.notes[0].text);
	EXPECT_EQ(1, snapshot->count);
	EXPECT_TRUE(teavmx_snapshot_get(snapshot, TEAVMX_FACT_FIELD,
					VMCS_FIELD_GUEST_CR0, &value));
	EXPECT_EQ(5, value);
}

/* The fields of a dump that is refused are not added to the one before it. */
TEST_F(dump, one_too_many)
{
	unsigned int i;

	for (i = 0; i <= VMCS_DUMPS_MAX; i++)
		put(&self->text, "GUEST_CR0 0x%x\n", i);
	put(&self->text, "GUEST_RFLAGS 0\n");
	read_text(self);
	EXPECT_EQ(VMCS_DUMPS_MAX, self->dumps.count);
	EXPECT_EQ(1, teavmx_snapshot_count(&self->dumps.list[VMCS_DUMPS_MAX - 1].snapshot,
					   TEAVMX_FACT_FIELD));
}

TEST_HARNESS_MAIN
