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
//! Every buffer is made once, in [`Shard::new`]; a step allocates nothing. Gradients are those of Σ loss · weight.

use super::attention::{self, Attention};
use super::norm::Norm;
use super::{Packed, Real, Shape, Tensor, Tensors, gelu, head, linear, packed};

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
    attention: attention::Scratch<F>,
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
    linear: linear::Scratch<F>,
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
            attention: attention::Scratch::new(shape),
            back: learns.then(|| Back {
                gradients: Tensors::zeros(shape),
                stream: numbers(d),
                narrow: numbers(d),
                broad: numbers(4 * d),
                linear: linear::Scratch::new(&packed::maps(shape), tokens),
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

    /// Logits of `[tokens]` inputs, `[tokens, V]`. `packed` holds the matrices of these parameters.
    pub fn logits(&mut self, parameters: &Tensors<F>, packed: &Packed<F>, inputs: &[u8]) -> &[F] {
        self.forward(parameters, packed, inputs);
        &self.logits
    }

    /// Losses in nats, `[tokens]`, from inputs and targets of as many.
    pub fn evaluate(&mut self, parameters: &Tensors<F>, packed: &Packed<F>, inputs: &[u8], targets: &[u8]) -> &[F] {
        self.forward(parameters, packed, inputs);
        head::losses(&mut self.logits, targets, &mut self.losses);
        &self.losses
    }

    /// Losses as [`Self::evaluate`], and gradients of `weight` times their sum, which are added to those there are
    /// where `onto` says so.
    pub fn learn(
        &mut self,
        parameters: &Tensors<F>,
        packed: &Packed<F>,
        [inputs, targets]: [&[u8]; 2],
        weight: F,
        onto: bool,
    ) -> &[F] {
        self.forward(parameters, packed, inputs);
        head::losses_and_gradients(&mut self.logits, targets, weight, &mut self.losses);
        self.backward(parameters, packed, inputs, onto);
        &self.losses
    }

    fn forward(&mut self, parameters: &Tensors<F>, packed: &Packed<F>, inputs: &[u8]) {
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
            let gain = |tensor: fn(usize) -> Tensor| parameters.slice(tensor(layer));
            let [attention_in, attention_out, mlp_in, mlp_out] = packed.block(layer);
            let norm = &mut block.attention_norm;
            norm.forward(&self.stream, gain(Tensor::AttentionGain));
            attention_in.forward(&norm.out, false, &mut block.qkv);
            block
                .attention
                .forward(&block.qkv, &mut block.mixed, &mut self.attention);
            attention_out.forward(&block.mixed, true, &mut self.stream);

            let norm = &mut block.mlp_norm;
            norm.forward(&self.stream, gain(Tensor::MlpGain));
            mlp_in.forward(&norm.out, false, &mut block.slope);
            gelu::forward(&mut block.slope, &mut block.hidden);
            mlp_out.forward(&block.hidden, true, &mut self.stream);
        }
        self.final_norm
            .forward(&self.stream, parameters.slice(Tensor::FinalGain));
        packed.head().forward(&self.final_norm.out, false, &mut self.logits);
    }

    /// From gradients by the logits, which stand in their place, to those by every parameter.
    fn backward(&mut self, parameters: &Tensors<F>, packed: &Packed<F>, inputs: &[u8], onto: bool) {
        let (shape, d) = (self.shape, self.shape.width);
        let Back {
            gradients,
            stream,
            narrow,
            broad,
            linear,
        } = self.back.as_mut().expect("made to learn");
        if !onto {
            // What is added to even by a single window; matrices are written as a whole.
            let small = Tensor::all(shape).filter(|tensor| tensor.is_gain());
            for tensor in small.chain([Tensor::PositionEmbedding]) {
                gradients.slice_mut(tensor).fill(F::zero());
            }
        }
        stream.fill(F::zero());

        // logits = norm(x) wteᵀ
        let dlogits = &self.logits;
        packed.head().backward_input(dlogits, narrow);
        let dweight = gradients.slice_mut(Tensor::TokenEmbedding);
        packed
            .head()
            .backward_weight(dlogits, &self.final_norm.out, onto, dweight, linear);
        let tensor = Tensor::FinalGain;
        self.final_norm
            .backward(narrow, parameters.slice(tensor), stream, gradients.slice_mut(tensor));

        for (layer, block) in self.blocks.iter_mut().enumerate().rev() {
            let [attention_in, attention_out, mlp_in, mlp_out] = packed.block(layer);

            // x += W_out hidden
            let dweight = gradients.slice_mut(Tensor::MlpOut(layer));
            mlp_out.backward_weight(stream, &block.hidden, onto, dweight, linear);
            mlp_out.backward_input(stream, broad);
            // hidden = gelu(W_in norm(x))
            gelu::backward(broad, &block.slope);
            let (norm, dweight) = (&block.mlp_norm, gradients.slice_mut(Tensor::MlpIn(layer)));
            mlp_in.backward_weight(broad, &norm.out, onto, dweight, linear);
            mlp_in.backward_input(broad, narrow);
            let tensor = Tensor::MlpGain(layer);
            norm.backward(narrow, parameters.slice(tensor), stream, gradients.slice_mut(tensor));

            // x += W_o mixed
            let dweight = gradients.slice_mut(Tensor::AttentionOut(layer));
            attention_out.backward_weight(stream, &block.mixed, onto, dweight, linear);
            attention_out.backward_input(stream, narrow);
            // mixed = attention(W_qkv norm(x))
            let dqkv = &mut broad[..block.qkv.len()];
            block.attention.backward(&block.qkv, narrow, dqkv, &mut self.attention);
            let (norm, dweight) = (&block.attention_norm, gradients.slice_mut(Tensor::AttentionIn(layer)));
            attention_in.backward_weight(dqkv, &norm.out, onto, dweight, linear);
            attention_in.backward_input(dqkv, narrow);
            let tensor = Tensor::AttentionGain(layer);
            norm.backward(narrow, parameters.slice(tensor), stream, gradients.slice_mut(tensor));
        }

        // x = wte[token] + wpe[position]; wte already holds what the head gave.
        let dwte = gradients.slice_mut(Tensor::TokenEmbedding);
        for (dx, token) in stream.chunks_exact(d).zip(inputs) {
            add(&mut dwte[usize::from(*token) * d..][..d], dx);
        }
        let dwpe = gradients.slice_mut(Tensor::PositionEmbedding);
        for dx in stream.chunks_exact(shape.context * d) {
            add(dwpe, dx);
        }
    }
}

fn add<F: Real>(sum: &mut [F], more: &[F]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += *more;
    }
}
