//! Models and states as bytes, in the safetensors format: eight bytes of length, a JSON header, numbers.
//!
//! A model has nanoGPT's names and orientation (`transformer.h.0.attn.c_attn.weight`, `[out, in]`), gains as vectors, and no
//! head of its own, because it is tied; `n_layer n_head n_embd block_size vocab_size` stand in `__metadata__`. There is
//! nothing to fold into the weights: they are those of plain nanoGPT at every step (see [`super::scaling`]).
//!
//! A state is everything that a run needs to go on to the same bits. Its metadata holds the configuration and the progress.
//!
//! Headers are written here and not by the safetensors crate, which writes metadata in an order that differs from one time
//! to the next; the crate reads them, with all its checks.

use super::{Optimiser, Progress, Shape, State, Tensor, Tensors, TrainConfig};
use safetensors::{Dtype, SafeTensors};
use serde_json::{Map, Value, json};

/// Why bytes are no checkpoint of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not the format, or cut short.
    #[error("no safetensors file: {0}")]
    Format(String),
    /// A size is not told.
    #[error("`{0}` is missing from the metadata, or is no number")]
    Metadata(&'static str),
    /// The sizes make no model.
    #[error(transparent)]
    Shape(#[from] super::ShapeError),
    /// A tensor is not there.
    #[error("the tensor `{0}` is missing")]
    Missing(String),
    /// A tensor that this model has no use for.
    #[error("the tensor `{0}` belongs to another kind of model; here there are no biases, and the head is tied")]
    Unknown(String),
    /// A tensor of another size or type.
    #[error("the tensor `{name}` is {found}, expected {expected}")]
    Size {
        /// Which.
        name: String,
        /// As it is.
        found: String,
        /// As it should be.
        expected: String,
    },
}

/// A model as a checkpoint.
pub fn model_bytes(parameters: &Tensors<f32>) -> Vec<u8> {
    let shape = parameters.shape();
    let metadata = METADATA
        .iter()
        .zip(sizes(shape))
        .map(|(key, size)| (*key, size.to_string()));
    let tensors = Tensor::all(shape).map(|tensor| (tensor.name(), dimensions(shape, tensor), parameters.slice(tensor)));
    write(metadata, tensors)
}

/// A model from a checkpoint.
///
/// # Errors
/// When the bytes are none, or those of another kind of model.
pub fn read_model(bytes: &[u8]) -> Result<Tensors<f32>, CheckpointError> {
    let (file, metadata) = open(bytes)?;
    let size = |key: &'static str| {
        let text = metadata.get(key).ok_or(CheckpointError::Metadata(key))?;
        text.parse::<usize>().map_err(|_| CheckpointError::Metadata(key))
    };
    let [layers, heads, width, context, vocab] = METADATA;
    let shape = Shape {
        vocab: size(vocab)?,
        context: size(context)?,
        width: size(width)?,
        layers: size(layers)?,
        heads: size(heads)?,
    };
    shape.check()?;
    // Before anything of that size is made: what is claimed must be there.
    if shape.params_total() > bytes.len() / size_of::<f32>() {
        return Err(CheckpointError::Format("it is too short for its sizes".to_owned()));
    }
    let known: Vec<String> = Tensor::all(shape).map(Tensor::name).collect();
    if let Some(name) = file
        .names()
        .into_iter()
        .find(|name| !known.iter().any(|known| known == name))
    {
        return Err(CheckpointError::Unknown(name.to_owned()));
    }
    let mut parameters = Tensors::zeros(shape);
    for tensor in Tensor::all(shape) {
        read(
            &file,
            &tensor.name(),
            &dimensions(shape, tensor),
            parameters.slice_mut(tensor),
        )?;
    }
    Ok(parameters)
}

/// A run that can be taken up again.
pub fn state_bytes(config: &TrainConfig, state: &State) -> Vec<u8> {
    let text = |value: serde_json::Result<String>| value.expect("numbers and names have a JSON form");
    let steps = [Some(&state.optimiser), state.kept.as_ref().map(|kept| &kept.1)];
    let metadata = [
        ("config", text(serde_json::to_string(config))),
        ("progress", text(serde_json::to_string(&state.progress))),
        (
            "steps",
            text(serde_json::to_string(
                &steps.map(|optimiser| optimiser.map(|o| o.steps)),
            )),
        ),
    ];
    let kept = state.kept.as_ref().map(|kept| buffers("kept.", &kept.0, &kept.1));
    let now = buffers("", &state.parameters, &state.optimiser);
    let tensors = now.into_iter().chain(kept.into_iter().flatten());
    write(
        metadata.into_iter(),
        tensors.map(|(name, tensors)| (name, vec![tensors.numbers().len()], tensors.numbers())),
    )
}

/// A state with the configuration it belongs to.
///
/// # Errors
/// When the bytes are no state.
pub fn read_state(bytes: &[u8]) -> Result<(TrainConfig, State), CheckpointError> {
    let (file, metadata) = open(bytes)?;
    let config: TrainConfig = parsed(&metadata, "config")?;
    let progress: Progress = parsed(&metadata, "progress")?;
    let [steps, kept_steps]: [Option<u64>; 2] = parsed(&metadata, "steps")?;
    config.shape.check()?;
    if config.shape.params_total() > bytes.len() / size_of::<f32>() {
        return Err(CheckpointError::Format("it is too short for its sizes".to_owned()));
    }
    let load = |prefix: &str, steps: u64| -> Result<_, CheckpointError> {
        let mut parameters = Tensors::zeros(config.shape);
        let mut optimiser = Optimiser::new(config.shape);
        optimiser.steps = steps;
        let names = [&mut parameters, &mut optimiser.first, &mut optimiser.second]
            .into_iter()
            .zip(BUFFERS);
        for (tensors, name) in names {
            let numbers = tensors.numbers_mut();
            read(&file, &format!("{prefix}{name}"), &[numbers.len()], numbers)?;
        }
        Ok((parameters, optimiser))
    };
    let (parameters, optimiser) = load("", steps.ok_or(CheckpointError::Metadata("steps"))?)?;
    let kept = kept_steps.map(|steps| load("kept.", steps).map(Box::new)).transpose()?;
    Ok((
        config,
        State {
            parameters,
            optimiser,
            kept,
            progress,
        },
    ))
}

/// nanoGPT's names of the sizes.
const METADATA: [&str; 5] = ["n_layer", "n_head", "n_embd", "block_size", "vocab_size"];
/// Buffers of a state.
const BUFFERS: [&str; 3] = ["parameters", "first_moment", "second_moment"];

fn sizes(shape: Shape) -> [usize; 5] {
    [shape.layers, shape.heads, shape.width, shape.context, shape.vocab]
}

fn dimensions(shape: Shape, tensor: Tensor) -> Vec<usize> {
    let [rows, columns] = tensor.size(shape);
    if tensor.is_gain() {
        vec![columns]
    } else {
        vec![rows, columns]
    }
}

fn buffers<'a>(
    prefix: &str,
    parameters: &'a Tensors<f32>,
    optimiser: &'a Optimiser<f32>,
) -> Vec<(String, &'a Tensors<f32>)> {
    let tensors = [parameters, &optimiser.first, &optimiser.second];
    BUFFERS
        .iter()
        .map(|name| format!("{prefix}{name}"))
        .zip(tensors)
        .collect()
}

fn write<'a>(
    metadata: impl Iterator<Item = (&'static str, String)>,
    tensors: impl Iterator<Item = (String, Vec<usize>, &'a [f32])>,
) -> Vec<u8> {
    let mut header = Map::new();
    let metadata: Map<String, Value> = metadata.map(|(key, text)| (key.to_owned(), text.into())).collect();
    header.insert("__metadata__".to_owned(), metadata.into());
    let mut numbers = vec![];
    for (name, dimensions, slice) in tensors {
        let begin = numbers.len();
        numbers.extend(slice.iter().flat_map(|number| number.to_le_bytes()));
        let entry = json!({ "dtype": "F32", "shape": dimensions, "data_offsets": [begin, numbers.len()] });
        header.insert(name, entry);
    }
    let mut header = Value::from(header).to_string();
    // Numbers begin at a multiple of eight bytes.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.into_bytes());
    bytes.extend(numbers);
    bytes
}

type Metadata = std::collections::HashMap<String, String>;

fn open(bytes: &[u8]) -> Result<(SafeTensors<'_>, Metadata), CheckpointError> {
    let wrong = |error: safetensors::SafeTensorError| CheckpointError::Format(error.to_string());
    let file = SafeTensors::deserialize(bytes).map_err(wrong)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
    Ok((file, header.metadata().clone().unwrap_or_default()))
}

fn parsed<T: serde::de::DeserializeOwned>(metadata: &Metadata, key: &'static str) -> Result<T, CheckpointError> {
    let text = metadata.get(key).ok_or(CheckpointError::Metadata(key))?;
    serde_json::from_str(text).map_err(|_| CheckpointError::Metadata(key))
}

fn read(file: &SafeTensors<'_>, name: &str, expected: &[usize], out: &mut [f32]) -> Result<(), CheckpointError> {
    let view = file
        .tensor(name)
        .map_err(|_| CheckpointError::Missing(name.to_owned()))?;
    if view.dtype() != Dtype::F32 || view.shape() != expected {
        return Err(CheckpointError::Size {
            name: name.to_owned(),
            found: format!("{:?} {:?}", view.dtype(), view.shape()),
            expected: format!("F32 {expected:?}"),
        });
    }
    let (numbers, _) = view.data().as_chunks();
    for (out, bytes) in out.iter_mut().zip(numbers) {
        *out = f32::from_le_bytes(*bytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::scaling;
    use super::*;

    const SHAPE: Shape = Shape {
        vocab: 17,
        context: 8,
        width: 12,
        layers: 2,
        heads: 3,
    };

    #[test]
    fn a_model_comes_back_and_its_bytes_are_always_the_same() {
        let parameters = scaling::initial(SHAPE, 3);
        let bytes = model_bytes(&parameters);
        assert_eq!(read_model(&bytes), Ok(parameters.clone()));
        assert_eq!(bytes, model_bytes(&parameters));
        let names = SafeTensors::deserialize(&bytes).unwrap();
        let names: Vec<&str> = names.names().into_iter().collect();
        assert_eq!(names.len(), 15);
        assert!(names.contains(&"transformer.h.1.mlp.c_proj.weight"));
    }

    #[test]
    fn damage_is_an_error_with_a_reason() {
        let bytes = model_bytes(&scaling::initial(SHAPE, 3));
        for end in [0, 4, 8, 100, bytes.len() - 1] {
            assert!(
                matches!(read_model(&bytes[..end]), Err(CheckpointError::Format(_))),
                "{end}"
            );
        }
        let replaced = |from: &str, to: &str| {
            let header = String::from_utf8_lossy(&bytes[8..2000]).replace(from, to);
            let mut other = bytes.clone();
            other[8..2000.min(8 + header.len())].copy_from_slice(&header.as_bytes()[..1992]);
            read_model(&other).unwrap_err().to_string()
        };
        assert_eq!(
            replaced("n_layer", "n_xxxxx"),
            "`n_layer` is missing from the metadata, or is no number"
        );
        assert!(replaced("h.0.ln_1.weight", "h.0.ln_1.biasss").contains("no biases"));
        assert!(replaced("\"n_embd\":\"12\"", "\"n_embd\":\"99\"").contains("too short"));
    }
}
