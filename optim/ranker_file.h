/* The file of a ranker: a safetensors file with all of its state, in canonical order, so that
 * equal states give equal bytes.
 *
 * C memories, R rows, M weights.
 *
 *   counters         U64 (2,)   bits of a feature's id, queries learnt
 *   memory.keys      U64 (C,)   distinct, by slot
 *   memory.touched   U64 (C,)   log position of the last step
 *   rows.ends        U64 (R,)   where each row ends in weights.*
 *   rows.ids         U32 (R,)   strictly ascending
 *   rows.df          U32 (R,)
 *   weights.slots    U32 (M,)   of each row strictly ascending
 *   weights.values   F32 (M,)
 *   candidates       U8 (n,)    of each candidate held its name, a NUL, its text, a NUL
 *
 * Metadata: "format" and "version" as below, "hone" what the caller of save gave. Vectors of
 * candidates follow from their texts and are made anew. */
#ifndef HONE_OPTIM_RANKER_FILE_H
#define HONE_OPTIM_RANKER_FILE_H

#define HONE_RANKER_FILE_FORMAT  "hone-ranker"
#define HONE_RANKER_FILE_VERSION 1

enum hone_ranker_file_tensor {
    HONE_RANKER_FILE_COUNTERS,
    HONE_RANKER_FILE_KEYS,
    HONE_RANKER_FILE_TOUCHED,
    HONE_RANKER_FILE_ENDS,
    HONE_RANKER_FILE_IDS,
    HONE_RANKER_FILE_DF,
    HONE_RANKER_FILE_SLOTS,
    HONE_RANKER_FILE_VALUES,
    HONE_RANKER_FILE_CANDIDATES,
    HONE_RANKER_FILE_N_TENSORS,
};

enum hone_ranker_file_counter {
    HONE_RANKER_FILE_DIM_BITS,
    HONE_RANKER_FILE_N_QUERIES,
    HONE_RANKER_FILE_N_COUNTERS,
};

/* No stream of feedback makes weights of this size; scores of smaller ones are finite. */
#define HONE_RANKER_FILE_VALUE_MAX 1e12F

#endif
