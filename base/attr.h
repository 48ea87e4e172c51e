/* Compiler attributes under one name each. The only place that names them. */
#ifndef HONE_BASE_ATTR_H
#define HONE_BASE_ATTR_H

#define HONE_MUST_USE     __attribute__((warn_unused_result))
#define HONE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define HONE_NORETURN     __attribute__((noreturn))
/* Hints that memory will be read, or written to, soon; any address will do. */
#define HONE_PREFETCH(address)          __builtin_prefetch(address)
#define HONE_PREFETCH_TO_WRITE(address) __builtin_prefetch((address), 1)
/* Of a typedef of a number: so many bytes of them, for element-wise arithmetic. */
#define HONE_VECTOR(bytes) __attribute__((vector_size(bytes)))

#endif
