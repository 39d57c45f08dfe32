/* PCRE2 with 8-bit code units. Its functions are macros of the width, which Swift does not see: these forward to them. */
#ifndef POSTERN_CPCRE2_H
#define POSTERN_CPCRE2_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pcre2_real_code_8 *postern_pattern;
typedef struct pcre2_real_match_data_8 *postern_match_data;
typedef struct pcre2_real_match_context_8 *postern_match_context;

/* NULL where the pattern is wrong: then `error` and `offset` say why and where. */
static inline postern_pattern postern_pattern_compile(
    const uint8_t *text, size_t length, int ignores_case, int *error, size_t *offset)
{
    return pcre2_compile(text, length, ignores_case ? PCRE2_CASELESS : 0, error, offset, NULL);
}

/* Fails without harm where there is no JIT compiler. */
static inline void postern_pattern_jit(postern_pattern pattern)
{
    (void) pcre2_jit_compile(pattern, PCRE2_JIT_COMPLETE);
}

static inline void postern_pattern_free(postern_pattern pattern)
{
    pcre2_code_free(pattern);
}

static inline uint32_t postern_pattern_captures(postern_pattern pattern)
{
    uint32_t count = 0;
    (void) pcre2_pattern_info(pattern, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

static inline uint32_t postern_pattern_names(postern_pattern pattern, const uint8_t **table, uint32_t *entry_size)
{
    uint32_t count = 0;
    (void) pcre2_pattern_info(pattern, PCRE2_INFO_NAMECOUNT, &count);
    (void) pcre2_pattern_info(pattern, PCRE2_INFO_NAMEENTRYSIZE, entry_size);
    (void) pcre2_pattern_info(pattern, PCRE2_INFO_NAMETABLE, table);
    return count;
}

static inline postern_match_data postern_match_data_create(uint32_t pairs)
{
    return pcre2_match_data_create(pairs, NULL);
}

static inline void postern_match_data_free(postern_match_data data)
{
    pcre2_match_data_free(data);
}

static inline postern_match_context postern_match_context_create(uint32_t match_limit, uint32_t depth_limit)
{
    postern_match_context context = pcre2_match_context_create(NULL);
    if (context != NULL) {
        (void) pcre2_set_match_limit(context, match_limit);
        (void) pcre2_set_depth_limit(context, depth_limit);
    }
    return context;
}

static inline void postern_match_context_free(postern_match_context context)
{
    pcre2_match_context_free(context);
}

/* How many pairs of offsets were set, or a negative error. */
static inline int postern_match(
    postern_pattern pattern, const uint8_t *subject, size_t length, postern_match_data data,
    postern_match_context context)
{
    return pcre2_match(pattern, subject, length, 0, 0, data, context);
}

/* The offsets of the last match: pairs of start and end, PCRE2_UNSET where a group took no part. */
static inline const size_t *postern_match_offsets(postern_match_data data)
{
    return pcre2_get_ovector_pointer(data);
}

static inline int postern_error_text(int error, uint8_t *text, size_t room)
{
    return pcre2_get_error_message(error, text, room);
}

#endif
