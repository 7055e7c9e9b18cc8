//! Names that columns of run tables go by, folded: lower case without spaces, brackets and `_ - . /`.
//!
//! Gathered from trackers' exports, published tables and colleagues' spreadsheets. The order within a role is the order of
//! preference when several columns of one file claim it.

use crate::data::Role;

/// Folded names by role, the better first.
#[rustfmt::skip]
pub(super) const NAMES: [(Role, &[&str]); 14] = [
    (Role::Run, &[
        "run", "runname", "name", "displayname", "expname", "experimentname", "trialname", "runid", "experimentid",
        "exp",
    ]),
    (Role::Group, &[
        "group", "family", "recipe", "series", "cohort", "sweep",
    ]),
    (Role::Params, &[
        "nwemb", "nwithemb", "nwithembeddings", "ntotal", "paramstotal", "totalparams", "totalparameters",
        "paramswithembeddings", "params", "parameters", "nparams", "nparameters", "numparams", "numparameters",
        "parametercount", "paramcount", "paramscount", "modelparams", "modelparameters", "numberofparameters",
        "paramsactiveprecise", "paramsactive", "activeparams", "modelsize", "param", "size", "n", "modelsizen",
        "paramsn", "parametersn", "newparams",
    ]),
    (Role::ParamsNonEmbedding, &[
        "paramsnonembedding", "nonembeddingparams", "nonembeddingparameters", "nonembparams", "paramsnonemb",
        "nnoemb", "nnonemb", "nnonembedding", "nnoembedding", "paramsnoemb", "paramsnoembedding",
        "totalnonembparams", "totalnonembeddingparams", "nonembeddingparamcount", "paramstransformer",
        "paramsexcludingembeddings", "nonembedding",
    ]),
    (Role::Tokens, &[
        "tokens", "traintokens", "trainingtokens", "tokenstrained", "tokensseen", "totaltokens", "tokenstotal",
        "throughputtotaltokens", "totaltraintokens", "totaltrainingtokens", "consumedtokens", "numtokens",
        "ntokens", "tokennum", "numtoken", "tokencount", "optimntokens", "numinputtokensseen", "numtokensseen",
        "trainedtokens", "datatokens", "d", "tokensd", "dtokens", "goaltraintokens",
    ]),
    (Role::UniqueTokens, &[
        "uniquetokens", "tokensunique", "numuniquetokens", "uniqued", "ud", "uniquedata", "tokensperepoch",
    ]),
    (Role::Flops, &[
        "flops", "flop", "trainingflops", "trainingflop", "trainflops", "trainflop", "totalflops", "totalflop",
        "traincompute", "trainingcompute", "c", "compute", "computec", "flopsc", "computeflops", "computeflop",
        "computebudget", "flopsbudget", "flopbudget", "totalflos", "c6nd", "6nd", "budget",
    ]),
    (Role::Loss, &[
        "finalvalloss", "finalevalloss", "finalvalidationloss", "valloss", "validationloss", "evalloss",
        "testloss", "heldoutloss", "devloss", "evaluationloss", "lossval", "losseval", "lossvalidation",
        "finalloss", "loss", "smoothloss", "lmloss", "meanloss", "lossmean", "avgloss", "lossavg", "averageloss",
        "valcrossentropy", "evalcrossentropy", "crossentropyloss", "crossentropy", "celoss", "nllloss", "nll",
        "lmlossvalidation", "tel",
    ]),
    (Role::TrainLoss, &[
        "trainloss", "trainingloss", "finaltrainloss", "avgtrainloss", "averagetrainloss", "meantrainloss",
        "trainlmloss", "trainlossmean", "traincrossentropyloss", "traincrossentropy", "losstrain",
        "smoothtrainloss",
    ]),
    (Role::Step, &[
        "step", "steps", "globalstep", "trainstep", "trainsteps", "trainingstep", "trainingsteps", "iteration",
        "iterations", "iter", "iters", "trainerglobalstep",
    ]),
    (Role::Epoch, &[
        "epoch", "epochs", "numepochs", "trainepoch",
    ]),
    (Role::Batch, &[
        "batch", "batchsize", "globalbatchsize", "trainbatchsize", "trainertrainbatchsize", "bs",
    ]),
    (Role::SeqLen, &[
        "seqlen", "sequencelength", "seqlength", "contextlength", "blocksize", "maxseqlen", "context", "ctxlen",
    ]),
    (Role::Lr, &[
        "lr", "learningrate", "maxlr", "peaklr", "optimizerlearningrate", "optimizerlr", "optimlearningrate",
    ]),
];
