//! The transformer: forward and backward side by side, for one shard of a batch.
//!
//! With x the residual stream, `[tokens, d]`:
//!
//! 1. x = wte[token] + wpe[position]
//! 2. in each block: x += attention(norm(x)), x += W_out gelu(W_in norm(x))
//! 3. logits = norm(x) wteᵀ
//!
//! Pre-norm, no biases, learned positions, a tied head: nanoGPT with `bias=False` and the tanh form of GELU, to the last
//! operation. The layout of one forward followed by its mirror image, with one structure of tensors for parameters and
//! gradients, is that of llm.c (`train_gpt2.c`).
//!
//! Every buffer is made once, in [`Shard::new`]; a step allocates nothing here (a product packs its operands into memory
//! of its own). Gradients are those of Σ loss · weight, written, not added.

use super::attention::Attention;
use super::norm::Norm;
use super::{Real, Shape, Tensor, Tensors, gelu, head, linear};
use ndarray::{ArrayView2, ArrayViewMut2};

/// What a block keeps for its way back; rows are tokens.
#[derive(Debug, Clone)]
struct Block<F> {
    attention_norm: Norm<F>,
    /// `[tokens, 3 d]`
    qkv: Vec<F>,
    attention: Attention<F>,
    /// What attention gives, `[tokens, d]`.
    mixed: Vec<F>,
    mlp_norm: Norm<F>,
    /// Before GELU, then its slope there, `[tokens, 4 d]`.
    slope: Vec<F>,
    /// After GELU, `[tokens, 4 d]`.
    hidden: Vec<F>,
}

/// Some windows of a batch on their way through the model, with everything that this needs.
#[derive(Debug, Clone)]
pub struct Shard<F> {
    shape: Shape,
    windows: usize,
    blocks: Vec<Block<F>>,
    final_norm: Norm<F>,
    /// The residual stream, `[tokens, d]`.
    stream: Vec<F>,
    /// `[tokens, V]`
    logits: Vec<F>,
    losses: Vec<F>,
    back: Option<Back<F>>,
}

/// What only the way back needs.
#[derive(Debug, Clone)]
struct Back<F> {
    gradients: Tensors<F>,
    /// By the residual stream, `[tokens, d]`.
    stream: Vec<F>,
    /// By what a norm or attention gave, `[tokens, d]`.
    narrow: Vec<F>,
    /// By queries, keys, values or hidden numbers, `[tokens, 4 d]`.
    broad: Vec<F>,
    strip: Vec<F>,
}

fn rows<F: Real>(numbers: &[F], columns: usize) -> ArrayView2<'_, F> {
    ArrayView2::from_shape([numbers.len() / columns, columns], numbers).expect("buffers are whole rows")
}

fn rows_mut<F: Real>(numbers: &mut [F], columns: usize) -> ArrayViewMut2<'_, F> {
    ArrayViewMut2::from_shape([numbers.len() / columns, columns], numbers).expect("buffers are whole rows")
}

impl<F: Real> Shard<F> {
    /// Buffers for `windows` windows of `shape.context` tokens, with those of the way back where the shard is to learn.
    ///
    /// # Panics
    /// When the shape is none ([`Shape::check`]).
    pub fn new(shape: Shape, windows: usize, learns: bool) -> Self {
        shape.check().expect("shapes are checked when they are chosen");
        let (d, tokens) = (shape.width, windows * shape.context);
        let numbers = |columns: usize| vec![F::zero(); tokens * columns];
        let block = || Block {
            attention_norm: Norm::new(tokens, d),
            qkv: numbers(3 * d),
            attention: Attention::new(shape, windows),
            mixed: numbers(d),
            mlp_norm: Norm::new(tokens, d),
            slope: numbers(4 * d),
            hidden: numbers(4 * d),
        };
        Self {
            shape,
            windows,
            blocks: (0..shape.layers).map(|_| block()).collect(),
            final_norm: Norm::new(tokens, d),
            stream: numbers(d),
            logits: numbers(shape.vocab),
            losses: numbers(1),
            back: learns.then(|| Back {
                gradients: Tensors::zeros(shape),
                stream: numbers(d),
                narrow: numbers(d),
                broad: numbers(4 * d),
                strip: vec![F::zero(); Attention::<F>::scratch_size(shape)],
            }),
        }
    }

    /// Tokens that go through at once.
    pub fn tokens(&self) -> usize {
        self.windows * self.shape.context
    }

    /// Gradients of the last [`Self::learn`].
    ///
    /// # Panics
    /// When the shard does not learn.
    pub fn gradients(&self) -> &Tensors<F> {
        &self.back.as_ref().expect("made to learn").gradients
    }

    /// Those gradients, for the sum with other shards' to take their place.
    pub(super) fn gradients_mut(&mut self) -> &mut Tensors<F> {
        &mut self.back.as_mut().expect("made to learn").gradients
    }

    /// Logits of `[tokens]` inputs, `[tokens, V]`.
    pub fn logits(&mut self, parameters: &Tensors<F>, inputs: &[u8]) -> &[F] {
        self.forward(parameters, inputs);
        &self.logits
    }

    /// Losses in nats, `[tokens]`, from inputs and targets of as many.
    pub fn evaluate(&mut self, parameters: &Tensors<F>, inputs: &[u8], targets: &[u8]) -> &[F] {
        self.forward(parameters, inputs);
        head::losses(&mut self.logits, targets, &mut self.losses);
        &self.losses
    }

    /// Losses as [`Self::evaluate`], and gradients of `weight` times their sum.
    pub fn learn(&mut self, parameters: &Tensors<F>, inputs: &[u8], targets: &[u8], weight: F) -> &[F] {
        self.forward(parameters, inputs);
        head::losses_and_gradients(&mut self.logits, targets, weight, &mut self.losses);
        self.backward(parameters, inputs);
        &self.losses
    }

    fn forward(&mut self, parameters: &Tensors<F>, inputs: &[u8]) {
        let (shape, d) = (self.shape, self.shape.width);
        assert_eq!(inputs.len(), self.tokens(), "a shard has a fixed size");
        let (wte, wpe) = (
            parameters.slice(Tensor::TokenEmbedding),
            parameters.slice(Tensor::PositionEmbedding),
        );
        for ((x, token), position) in self
            .stream
            .chunks_exact_mut(d)
            .zip(inputs)
            .zip((0..shape.context).cycle())
        {
            let embeddings = wte[usize::from(*token) * d..][..d]
                .iter()
                .zip(&wpe[position * d..][..d]);
            for (x, (token, position)) in x.iter_mut().zip(embeddings) {
                *x = *token + *position;
            }
        }
        for (layer, block) in self.blocks.iter_mut().enumerate() {
            let matrix = |tensor: fn(usize) -> Tensor| parameters.matrix(tensor(layer));
            let norm = &mut block.attention_norm;
            norm.forward(&self.stream, parameters.slice(Tensor::AttentionGain(layer)));
            linear::forward(
                rows(&norm.out, d),
                matrix(Tensor::AttentionIn),
                rows_mut(&mut block.qkv, 3 * d),
            );
            block
                .attention
                .forward(rows(&block.qkv, 3 * d), rows_mut(&mut block.mixed, d));
            let (mixed, stream) = (rows(&block.mixed, d), rows_mut(&mut self.stream, d));
            linear::forward_onto(mixed, matrix(Tensor::AttentionOut), stream);

            let norm = &mut block.mlp_norm;
            norm.forward(&self.stream, parameters.slice(Tensor::MlpGain(layer)));
            linear::forward(
                rows(&norm.out, d),
                matrix(Tensor::MlpIn),
                rows_mut(&mut block.slope, 4 * d),
            );
            gelu::forward(&mut block.slope, &mut block.hidden);
            let (hidden, stream) = (rows(&block.hidden, 4 * d), rows_mut(&mut self.stream, d));
            linear::forward_onto(hidden, matrix(Tensor::MlpOut), stream);
        }
        self.final_norm
            .forward(&self.stream, parameters.slice(Tensor::FinalGain));
        let (out, logits) = (rows(&self.final_norm.out, d), rows_mut(&mut self.logits, shape.vocab));
        linear::forward(out, parameters.matrix(Tensor::TokenEmbedding), logits);
    }

    /// From gradients by the logits, which stand in their place, to those by every parameter.
    fn backward(&mut self, parameters: &Tensors<F>, inputs: &[u8]) {
        let (shape, d) = (self.shape, self.shape.width);
        let back = self.back.as_mut().expect("made to learn");
        let gradients = &mut back.gradients;
        for gain in Tensor::all(shape).filter(|tensor| tensor.is_gain()) {
            gradients.slice_mut(gain).fill(F::zero());
        }
        back.stream.fill(F::zero());

        // logits = norm(x) wteᵀ
        let (dlogits, out) = (rows(&self.logits, shape.vocab), rows(&self.final_norm.out, d));
        linear::backward_input(
            dlogits,
            parameters.matrix(Tensor::TokenEmbedding),
            rows_mut(&mut back.narrow, d),
        );
        linear::backward_weight(dlogits, out, gradients.matrix_mut(Tensor::TokenEmbedding));
        let gain = parameters.slice(Tensor::FinalGain);
        let dgain = gradients.slice_mut(Tensor::FinalGain);
        self.final_norm
            .backward(&mut back.narrow, gain, &mut back.stream, dgain);

        for (layer, block) in self.blocks.iter_mut().enumerate().rev() {
            let matrix = |tensor: fn(usize) -> Tensor| parameters.matrix(tensor(layer));

            // x += W_out hidden
            let (dx, dhidden) = (rows(&back.stream, d), rows_mut(&mut back.broad, 4 * d));
            linear::backward_input(dx, matrix(Tensor::MlpOut), dhidden);
            linear::backward_weight(
                dx,
                rows(&block.hidden, 4 * d),
                gradients.matrix_mut(Tensor::MlpOut(layer)),
            );
            // hidden = gelu(W_in norm(x))
            gelu::backward(&mut back.broad, &block.slope);
            let (dhidden, norm) = (rows(&back.broad, 4 * d), &block.mlp_norm);
            linear::backward_input(dhidden, matrix(Tensor::MlpIn), rows_mut(&mut back.narrow, d));
            linear::backward_weight(dhidden, rows(&norm.out, d), gradients.matrix_mut(Tensor::MlpIn(layer)));
            let gain = parameters.slice(Tensor::MlpGain(layer));
            let dgain = gradients.slice_mut(Tensor::MlpGain(layer));
            norm.backward(&mut back.narrow, gain, &mut back.stream, dgain);

            // x += W_o mixed
            let (dx, dmixed) = (rows(&back.stream, d), rows_mut(&mut back.narrow, d));
            linear::backward_input(dx, matrix(Tensor::AttentionOut), dmixed);
            linear::backward_weight(
                dx,
                rows(&block.mixed, d),
                gradients.matrix_mut(Tensor::AttentionOut(layer)),
            );
            // mixed = attention(W_qkv norm(x))
            let (qkv, dmixed) = (rows(&block.qkv, 3 * d), rows(&back.narrow, d));
            let dqkv = &mut back.broad[..block.qkv.len()];
            block
                .attention
                .backward(qkv, dmixed, rows_mut(dqkv, 3 * d), &mut back.strip);
            let (dqkv, norm) = (rows(dqkv, 3 * d), &block.attention_norm);
            linear::backward_input(dqkv, matrix(Tensor::AttentionIn), rows_mut(&mut back.narrow, d));
            linear::backward_weight(
                dqkv,
                rows(&norm.out, d),
                gradients.matrix_mut(Tensor::AttentionIn(layer)),
            );
            let gain = parameters.slice(Tensor::AttentionGain(layer));
            let dgain = gradients.slice_mut(Tensor::AttentionGain(layer));
            norm.backward(&mut back.narrow, gain, &mut back.stream, dgain);
        }

        // x = wte[token] + wpe[position]; wte already holds what the head gave.
        let dwte = gradients.slice_mut(Tensor::TokenEmbedding);
        for (dx, token) in back.stream.chunks_exact(d).zip(inputs) {
            add(&mut dwte[usize::from(*token) * d..][..d], dx);
        }
        let dwpe = gradients.slice_mut(Tensor::PositionEmbedding);
        dwpe.fill(F::zero());
        for dx in back.stream.chunks_exact(shape.context * d) {
            add(dwpe, dx);
        }
    }
}

fn add<F: Real>(sum: &mut [F], more: &[F]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += *more;
    }
}
