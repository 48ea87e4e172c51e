/* Compiler attributes under one name each. The only place that names them. */
#ifndef HONE_BASE_ATTR_H
#define HONE_BASE_ATTR_H

#define HONE_MUST_USE     __attribute__((warn_unused_result))
#define HONE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define HONE_NORETURN     __attribute__((noreturn))
/* A hint that memory will be read soon; any address will do. */
#define HONE_PREFETCH(address) __builtin_prefetch(address)
/* Of a typedef of a number: so many bytes of them, for element-wise arithmetic. */
#define HONE_VECTOR(bytes) __attribute__((vector_size(bytes)))

#endif
