//! How a plan counts parameters and FLOP, what it is for, and what it costs: flags, and their part of the answer.

use super::output::{Failure, aligned, percent};
use super::parse;
use crate::law::published::{ParamsConvention, PublishedLaw};
use crate::plan::{
    Bill, Convention, CountedOptimum, Counting, Family, FlopsRule, Gpu, Optimum, Served, bill, gpu_by_name,
};
use crate::units::{Tokens, format_significant};
use serde_json::{Map, Value, json};

/// Counts, serving and hardware.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct CostArgs {
    /// Tokens that the model will serve: the best for training and serving together, at the loss of the plain answer
    #[arg(long, value_name = "T", allow_negative_numbers = true)]
    pub(super) inference_tokens: Option<Tokens>,
    /// What N counts in the question and the answer; the law's own where not given
    #[arg(long, value_name = "total|non-embedding|with-head", value_parser = parse::named::<Convention>)]
    convention: Option<Convention>,
    /// What a training token costs
    #[arg(long, value_name = "6nd|kaplan|attention|deepseek", value_parser = parse::named::<FlopsRule>, default_value = "6nd")]
    flops_rule: FlopsRule,
    /// Vocabulary of the family of models that other counts need
    #[arg(long, value_name = "V", default_value_t = Family::USUAL.vocab, value_parser = parse::positive)]
    vocab: f64,
    /// Its context, in tokens
    #[arg(long, value_name = "T", default_value_t = Family::USUAL.context, value_parser = parse::positive)]
    context: f64,
    /// Its width over its layers
    #[arg(long, value_name = "RATIO", default_value_t = Family::USUAL.aspect, value_parser = parse::positive)]
    aspect: f64,
    /// Accelerator for GPU-hours and energy: h100, a100, …, or its peak in FLOP/s
    #[arg(long, value_name = "NAME", value_parser = gpu)]
    gpu: Option<Gpu>,
    /// Share of the accelerator's peak that training reaches
    #[arg(long, value_name = "SHARE", default_value_t = 0.4, value_parser = parse::fraction)]
    mfu: f64,
    /// Price of a GPU-hour, in any currency
    #[arg(long, value_name = "PRICE", value_parser = parse::positive)]
    price: Option<f64>,
}

fn gpu(text: &str) -> Result<Gpu, String> {
    if let Some(gpu) = gpu_by_name(text) {
        return Ok(gpu);
    }
    parse::positive(text).map(Gpu::of_peak).map_err(|_| {
        let names: Vec<&str> = crate::plan::GPUS.iter().map(|gpu| gpu.name).collect();
        format!("expected {}, or a peak in FLOP/s such as 989e12", names.join(", "))
    })
}

impl CostArgs {
    /// How N and C are counted, where that is not the law's own way.
    pub(super) fn counting(&self, law: Option<&PublishedLaw>) -> Result<Option<Counting>, Failure> {
        let law_counts = match law.map(|law| law.params_convention) {
            // A fit counts what its runs counted; where nothing tells, that is all parameters.
            None | Some(ParamsConvention::Total) => Convention::Total,
            Some(ParamsConvention::NonEmbedding) => Convention::NonEmbedding,
            Some(ParamsConvention::FlopsPerToken) => {
                return match (self.convention, self.flops_rule) {
                    (None, FlopsRule::SixNd) => Ok(None),
                    _ => Err(Failure::refused(
                        "not_given",
                        "this law measures models by FLOP per token and publishes no surface: it cannot be counted otherwise",
                    )),
                };
            }
        };
        let family = Family {
            vocab: self.vocab,
            context: self.context,
            aspect: self.aspect,
        };
        let counting = Counting::unless_own(family, self.convention, self.flops_rule, law_counts);
        if counting.is_some() && self.inference_tokens.is_some() {
            return Err(Failure::usage(
                "--inference-tokens plans in the law's own counts: leave --convention and --flops-rule out",
            ));
        }
        Ok(counting)
    }

    /// What training the answer takes, on the accelerator that was named.
    fn bill(&self, optimum: &Optimum) -> Option<Bill> {
        self.gpu.map(|gpu| bill(optimum.flops, gpu, self.mfu, self.price))
    }

    /// The part of the answer for scripts.
    pub(super) fn json(
        &self,
        optimum: &Optimum,
        counted: Option<(&Counting, &CountedOptimum)>,
        served: Option<&Served>,
    ) -> Map<String, Value> {
        let mut keys = Map::new();
        let mut put = |name: &str, value: Value| keys.insert(name.to_owned(), value);
        if let Some((counting, found)) = counted {
            let Family { vocab, context, aspect } = counting.family;
            put("convention", json!(counting.convention));
            put("law_counts", json!(counting.law_counts));
            put("flops_rule", json!(counting.rule));
            put("vocab", json!(vocab));
            put("context", json!(context));
            put("aspect", json!(aspect));
            let layers = counting.family.layers(found.width);
            put("shape", json!({ "width": found.width, "layers": layers }));
            put("params_exponent", json!(found.params_exponent));
        }
        if let Some(served) = served {
            put("inference", json!(served));
        }
        let bill = self.bill(optimum);
        if let Some(gpu) = self.gpu {
            put("gpu", json!(gpu.name));
            put("gpu_peak", json!(gpu.peak));
            put("mfu", json!(self.mfu));
            put("price", json!(self.price));
        }
        put("gpu_hours", json!(bill.map(|bill| bill.gpu_hours)));
        put("cost", json!(bill.and_then(|bill| bill.cost)));
        put("energy_kwh", json!(bill.and_then(|bill| bill.energy_kwh)));
        keys
    }

    /// The same for people.
    pub(super) fn words(
        &self,
        optimum: &Optimum,
        counted: Option<(&Counting, &CountedOptimum)>,
        served: Option<&Served>,
    ) -> String {
        let mut text = String::new();
        if let Some((counting, found)) = counted {
            let Family { vocab, context, aspect } = counting.family;
            text.push_str(&format!(
                "Counted as {}, {}; the law counts {}. Family of models: vocabulary {vocab}, context T = {context}, width \
                 {aspect} × layers; here width {} and {} layers. N* grows as C^{} here.\n",
                counting.convention.label(),
                counting.rule.label(),
                counting.law_counts.label(),
                format_significant(found.width, 3),
                format_significant(counting.family.layers(found.width), 2),
                format_significant(found.params_exponent, 3),
            ));
        }
        if let Some(served) = served {
            text.push_str(&format!(
                "To serve {} tokens at this loss, it takes {} FLOP in all, {} % less than the model that is cheapest to train.\n",
                served.tokens_served.short(),
                served.total_flops.short(),
                percent(served.saving),
            ));
        }
        if let (Some(bill), Some(gpu)) = (self.bill(optimum), self.gpu) {
            let row = |name: &str, value: String, unit: &str| vec![name.to_owned(), value, unit.to_owned()];
            let mut rows = vec![row(
                &format!("{} at {} % of its peak", gpu.label, percent(self.mfu)),
                format_significant(bill.gpu_hours, 3),
                "GPU-hours",
            )];
            if let Some(cost) = bill.cost {
                rows.push(row("", format_significant(cost, 3), "to pay"));
            }
            if let Some(energy) = bill.energy_kwh {
                rows.push(row("", format_significant(energy, 3), "kWh at the boards"));
            }
            text.push_str(&aligned(&rows));
            text.push('\n');
        }
        text
    }
}
