#include "optim/regressor_file.h"

#include "base/check.h"

const struct hone_regressor_file_layout *hone_regressor_file_layout(size_t tensor)
{
#define U64 HONE_SAFETENSORS_U64
#define F64 HONE_SAFETENSORS_F64
#define U32 HONE_SAFETENSORS_U32
#define F32 HONE_SAFETENSORS_F32
#define D   HONE_REGRESSOR_FILE_SIZE_D
#define R   HONE_REGRESSOR_FILE_SIZE_R
    static const struct hone_regressor_file_layout layout[HONE_REGRESSOR_FILE_N_TENSORS] =
        {
            [HONE_REGRESSOR_FILE_COUNTERS] = {"counters", U64,
                                              HONE_REGRESSOR_FILE_SIZE_COUNTERS},
            [HONE_REGRESSOR_FILE_COLUMN_FIELDS] = {"columns.fields", U64, D},
            [HONE_REGRESSOR_FILE_COLUMN_VALUES] = {"columns.values", U64, D},
            [HONE_REGRESSOR_FILE_COLUMN_WEIGHTS] = {"columns.weights", F64, D},
            [HONE_REGRESSOR_FILE_COLUMN_MEANS] = {"columns.means", F64, D},
            [HONE_REGRESSOR_FILE_COLUMN_SQUARES] = {"columns.squares", F64, D},
            [HONE_REGRESSOR_FILE_RIDGE_FACTOR] = {"ridge.factor", F64,
                                                  HONE_REGRESSOR_FILE_SIZE_TRIANGLE},
            [HONE_REGRESSOR_FILE_RIDGE_ROTATED] = {"ridge.rotated", F64, D},
            [HONE_REGRESSOR_FILE_SCALARS] = {"scalars", F64,
                                             HONE_REGRESSOR_FILE_SIZE_SCALARS},
            [HONE_REGRESSOR_FILE_CONFORMAL_SCORES] = {"conformal.scores", F64,
                                                      HONE_REGRESSOR_FILE_SIZE_S},
            [HONE_REGRESSOR_FILE_ROW_IDS] = {"rows.ids", U32, R},
            [HONE_REGRESSOR_FILE_ROW_DF] = {"rows.df", U32, R},
            [HONE_REGRESSOR_FILE_ROW_G] = {"rows.g", F32, R},
            [HONE_REGRESSOR_FILE_ROW_WEIGHTS] = {"rows.weights", F32, R},
            [HONE_REGRESSOR_FILE_COLUMN_ROLES] = {"columns.roles", HONE_SAFETENSORS_U8,
                                                  D},
        };
#undef U64
#undef F64
#undef U32
#undef F32
#undef D
#undef R
    HONE_REQUIRE(tensor < HONE_REGRESSOR_FILE_N_TENSORS);
    return &layout[tensor];
}
