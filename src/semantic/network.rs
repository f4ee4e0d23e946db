//! Models that are a network in the ONNX format: numbers of tokens in, a direction for the sentence or for each token out.
//! What is run is `rten`, which is Rust alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::Layout;
use serde::Deserialize;

use super::Trouble;
use super::folder::Bytes;
use super::tokens::Tokens;

const DIMENSIONS_MAX: usize = 4_096;
/// What a network may want: the tokens, which of them count, and which of two sentences each belongs to.
const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];
/// What is asked for, the first that there is: a network tells other things, too.
const OUTPUTS: [&str; 3] = ["sentence_embedding", "last_hidden_state", "token_embeddings"];

/// How the directions of a sentence's tokens become its own.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Pooling {
    /// The first token's is the sentence's; else it is the mean of all.
    #[serde(default)]
    pooling_mode_cls_token: bool,
    /// Other ways that are asked for, which are none of ours.
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

impl Pooling {
    fn unknown(&self) -> Option<&str> {
        let is_other = |(name, value): &(&String, &serde_json::Value)| {
            name.starts_with("pooling_mode_") && *name != "pooling_mode_mean_tokens" && **value == true
        };
        self.others.iter().find(is_other).map(|(name, _)| name.as_str())
    }
}

/// A network that is ready to run.
pub(super) struct Network {
    model: Model,
    inputs: Vec<(NodeId, Input)>,
    output: NodeId,
    pooling: Pooling,
    /// One thread for each core: a text is one thread's work, and many are embedded side by side.
    threads: Vec<Arc<ThreadPool>>,
    next: AtomicUsize,
}

#[derive(Debug, Clone, Copy)]
enum Input {
    Tokens,
    Mask,
    Types,
}

impl Network {
    pub(super) fn read(file: Bytes, pooling: Pooling) -> Result<Self, Trouble> {
        let path = file.path;
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(file.bytes).map_err(|error| {
            let way_out = "fetch it again, or another export of the model: one file, with the usual operators";
            Trouble::new(&path, format!("it does not read as a network: {error}"), way_out)
        })?;
        let inputs = inputs(&model).map_err(|name| {
            let reason = format!("the network wants `{name}`, which a sentence does not have");
            Trouble::new(&path, reason, format!("take an export whose inputs are among `{}`", INPUTS.join("`, `")))
        })?;
        let named = OUTPUTS.iter().filter_map(|name| model.find_node(name)).find(|id| model.output_ids().contains(id));
        let output = named.or_else(|| model.output_ids().first().copied()).ok_or_else(|| {
            Trouble::new(&path, "the network gives nothing", "take an export with an output `last_hidden_state`")
        })?;
        let is_pooled = model.find_node(OUTPUTS[0]) == Some(output);
        if let Some(other) = pooling.unknown().filter(|_| !is_pooled) {
            let reason = format!("the model's pooling is `{other}`, and only the first token's or the mean can be had");
            let way_out = format!("take another model, or an export with an output `{}`", OUTPUTS[0]);
            return Err(Trouble::new(&path, reason, way_out));
        }
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = (0..cores).map(|_| Arc::new(ThreadPool::with_num_threads(1))).collect();
        Ok(Self { model, inputs, output, pooling, threads, next: AtomicUsize::new(0) })
    }

    /// The direction of a text, or why there is none.
    pub(super) fn embed(&self, text: &str, tokens: &Tokens) -> Result<Vec<f32>, String> {
        self.run(tokens.framed(text).ok_or("the text cannot be cut into tokens")?)
    }

    /// Whether it runs at all, whatever the text means to it.
    pub(super) fn try_out(&self, text: &str, tokens: &Tokens) -> Result<(), String> {
        self.run(tokens.whatever(text).ok_or("the text cannot be cut into tokens")?).map(drop)
    }

    fn run(&self, tokens: Vec<u32>) -> Result<Vec<f32>, String> {
        let tokens: Vec<i32> = tokens.into_iter().map(|token| i32::try_from(token).unwrap_or_default()).collect();
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let shape = [1, tokens.len()];
        let input = |(id, input): &(NodeId, Input)| {
            let numbers = match input {
                Input::Tokens => tokens.clone(),
                Input::Mask => vec![1; tokens.len()],
                Input::Types => vec![0; tokens.len()],
            };
            Some((*id, ValueOrView::Value(Value::from_shape(shape, numbers).ok()?)))
        };
        let inputs: Vec<(NodeId, ValueOrView<'_>)> = self.inputs.iter().filter_map(input).collect();
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.threads.len().max(1);
        let options = RunOptions::default().with_thread_pool(self.threads.get(turn).cloned());
        let said = self.model.run(inputs, &[self.output], Some(options)).map_err(|error| error.to_string())?;
        let said = said.into_iter().next().ok_or("the network gives nothing")?;
        self.pooled(said)
    }

    fn pooled(&self, said: Value) -> Result<Vec<f32>, String> {
        let is_for_tokens = matches!(&said, Value::FloatTensor(_)) && said.shape().len() == 3;
        let (dimensions, numbers) = if is_for_tokens {
            let (shape, numbers) = said.into_shape_vec::<f32, 3>().map_err(|error| error.to_string())?;
            (shape.last().copied(), numbers)
        } else {
            let (shape, numbers) = said.into_shape_vec::<f32, 2>().map_err(|error| error.to_string())?;
            (shape.last().copied(), numbers)
        };
        let dimensions = dimensions.filter(|count| (1..=DIMENSIONS_MAX).contains(count));
        let dimensions =
            dimensions.ok_or_else(|| format!("its directions do not have 1 to {DIMENSIONS_MAX} numbers"))?;
        let mut rows = numbers.chunks_exact(dimensions);
        let mut sum = rows.next().map(<[f32]>::to_vec).unwrap_or_default();
        if !self.pooling.pooling_mode_cls_token {
            rows.for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, part)| *sum += part));
        }
        Ok(sum)
    }
}

/// What the network wants, each of which a sentence has; else the name of what it has not.
fn inputs(model: &Model) -> Result<Vec<(NodeId, Input)>, String> {
    let input = |id: &NodeId| {
        let name = model.node_info(*id).and_then(|info| info.name()).unwrap_or_default();
        let place = INPUTS.iter().position(|known| *known == name).ok_or_else(|| name.to_owned())?;
        let all = [Input::Tokens, Input::Mask, Input::Types];
        Ok((*id, all.get(place).copied().ok_or_else(|| name.to_owned())?))
    };
    model.input_ids().iter().map(input).collect()
}
