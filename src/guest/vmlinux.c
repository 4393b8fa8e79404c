/* SPDX-License-Identifier: MIT */
/*
 * The kernel inside a bzImage: Documentation/arch/x86/boot.rst says where its packed part lies.
 * Unpacked once on this machine, it starts in half of the time that an emulated CPU takes for
 * unpacking it at each boot. QEMU starts it by its PVH entry.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"

#include "guest.h"

/* Places in the setup header, and the protocol that has the last two. */
#define SECTORS_AT 0x1f1
#define PROTOCOL_AT 0x206
#define PAYLOAD_AT 0x248
#define LENGTH_AT 0x24c
#define HEADER_END 0x250
#define PROTOCOL 0x208
#define SECTOR 512u
/* What is unpacked, until it is whole. */
#define NEW "vmlinux.new"

/* A payload's end is its unpacked size, in four bytes; both programs would take it for damage. */
static const struct packing {
	const char *magic, *program;
} packings[] = {
	{"\xfd" "7zXZ", "xz"},
	{"\x28\xb5\x2f\xfd", "zstd"},
};

struct payload {
	uint32_t at, length;
};

static uint32_t read_u32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static bool find_payload(const struct cr2_text *image, struct payload *ret)
{
	const unsigned char *head = (const unsigned char *)image->data;
	uint64_t at, length;

	if (image->length < HEADER_END || memcmp(head + GUEST_SIGNATURE_AT, "HdrS", 4) != 0 ||
	    head[PROTOCOL_AT] + 256u * head[PROTOCOL_AT + 1] < PROTOCOL)
		return false;
	/* No sectors stands for four, as in the oldest images. */
	at = (head[SECTORS_AT] ? head[SECTORS_AT] + 1u : 5u) * SECTOR +
	     read_u32(image->data + PAYLOAD_AT);
	length = read_u32(image->data + LENGTH_AT);
	if (length < 8 || at + length > image->length)
		return false;
	*ret = (struct payload){(uint32_t)at, (uint32_t)length - 4};
	return true;
}

static const char *packing_of(const char *payload)
{
	for (size_t i = 0; i < CR2_ARRAY_SIZE(packings); i++)
		if (memcmp(payload, packings[i].magic, strlen(packings[i].magic)) == 0)
			return packings[i].program;
	return NULL;
}

/*
 * Fails where it is not an ELF file in the end. In a folder that has its sums already, an earlier
 * cr2's, it is among them before it has its name.
 */
static int run_unpacker(const char *directory, const char *program, struct payload payload)
{
	char *script;
	struct cr2_text output = {0}, reason = {0};
	int r;

	if (asprintf(&script, "tail -c +%u vmlinuz | head -c %u | %s -dc >" NEW " && "
		     "head -c 4 " NEW " | grep -q ELF && { [ ! -e " GUEST_SUMS " ] || "
		     "sha256sum <" NEW " | sed s/-$/vmlinux/ >>" GUEST_SUMS "; } && "
		     "mv " NEW " vmlinux || { rm -f " NEW "; exit 1; }",
		     payload.at + 1, payload.length, program) < 0)
		return -ENOMEM;
	r = guest_command(&(struct guest_command){
		.argv = (const char *const[]){"sh", "-c", script, NULL},
		.directory = directory,
		.seconds = 600,
	}, &output, &reason);
	cr2_text_finish(&output);
	cr2_text_finish(&reason);
	free(script);
	return r;
}

void guest_vmlinux(const char *directory)
{
	struct cr2_text image = {0};
	struct payload payload;
	const char *program = NULL;
	char *path;

	if (asprintf(&path, "%s/vmlinuz", directory) < 0)
		return;
	if (stream_read_file(path, SIZE_MAX, &image) == 0 && find_payload(&image, &payload))
		program = packing_of(image.data + payload.at);
	if (program)
		run_unpacker(directory, program, payload);
	cr2_text_finish(&image);
	free(path);
}
