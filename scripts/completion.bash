# shellcheck shell=bash
# Completion of rollingdepth for bash, installed where bash-completion looks.

_rollingdepth() {
  local word=${COMP_WORDS[COMP_CWORD]} option='' i
  local booleans='--recursive --deinterlace --overwrite --save-npy --save-sbs --save-side-by-side
    --save-snippets --save-npz --save-png16 --save-png8 --save-exr --save-ply --save-cameras --audio --restore-resolution --restore-res --import --cap-dilation
    --pose --unload-snippet --tf32 --resume --profile --dry-run --verbose --quiet'
  local others='--input --start-frame --from --frame-count --frames --scenes --scene-threshold
    --scene-window --scene-least-content --scene-least-seconds --scene-fade-luma --scene-flash-frames --range --target-fps --max-res --max-pixels --output-dir
    --cmap --color-maps --png-scale --fps --output-fps --depth-video --intrinsics --fov-x --camera --near --far
    --point-stride --edge-filter --sky-filter --max-points --axes --checkpoint --preset --quality --res --processing-resolution
    --resample-method --seed --mode --window --dilations --snip-len --aligner --align-set --merge --refine-step --refine-snippet-len
    --refine-start-dilation --device --workers --dtype --threads --max-vae-bs --spool-dir --spool-dtype
    --memory-limit --chunk-frames --chunk-overlap --log-file --log-level --list-devices --list-colormaps
    --version --config --write-config --help'
  local command=''
  case ${COMP_WORDS[1]} in
    align | bench | compare | import | live | merge | models | points | scenes | status | track | work) [[ $COMP_CWORD -eq 1 ]] || command=${COMP_WORDS[1]} ;;
  esac
  case $command in
    align)
      booleans='--overwrite --verbose --quiet'
      others='--output --quality --aligner --align-set --merge --report --threads --log-file --log-level --config --write-config --help'
      ;;
    bench)
      booleans='--gate --quiet'
      others='--input --qualities --setting --repeats --against --work-dir --json --baseline
        --log-file --log-level --config --write-config --help'
      ;;
    compare)
      booleans='--ground-truth --resize --each-frame --quiet'
      others='--align --align-scope --fit --min-depth --max-depth --mask --frames --png-scale
        --edge-threshold --video --video-from --max-pixels --max-mae --max-rmse --max-error
        --min-pearson --min-spearman --min-ssim --min-psnr --min-edge-f1 --max-abs-rel --min-delta1 --min-delta2
        --min-delta3 --max-silog --max-temporal-change --max-temporal-difference
        --max-flow-warp-error --min-coverage --json --junit --threads --log-file --log-level --config --write-config --help'
      ;;
    import)
      booleans='--metric --check --overwrite --quiet'
      others='--dtype --float32-in --template --name --source --license --notice --res
        --log-file --log-level --config --write-config --help'
      ;;
    live)
      booleans='--realtime --loop --reconnect --overwrite --verbose --quiet'
      others='--input --input-format --input-size --input-rate --pix-fmt --frame-count --frames --max-pixels
        --output --view --cmap --output-depth --output-format --output-pix-fmt --srt-latency --checkpoint
        --device --dtype --threads --res --mode --dilations --snip-len --scenes --smooth --adapt
        --stats --stats-seconds --log-file --log-level --config --write-config --help'
      ;;
    models)
      booleans='--json'
      others='--log-file --log-level --config --write-config --help'
      ;;
    points)
      booleans='--overwrite --quiet'
      others='--video --video-from --from --frames --values --png-scale --max-pixels --output-dir --intrinsics
        --fov-x --camera --near --far --point-stride --edge-filter --sky-filter --max-points --axes
        --threads --log-file --log-level --config --write-config --help'
      ;;
    scenes)
      booleans='--overwrite --deinterlace --quiet'
      others='--output --threshold --window --least-content --least-seconds --fade-luma --flash-frames
        --start-frame --from --frame-count --frames --target-fps --fps --max-pixels --threads --log-file --log-level --config --write-config --help'
      ;;
    track)
      booleans='--smooth --quiet'
      others='--frame-base --coords --size --video --video-from --values --png-scale --max-pixels --radius
        --edge-threshold --intrinsics --fov-x --camera --near --far --known --output --tapvid3d --picture
        --threads --log-file --log-level --config --write-config --help'
      ;;
    work)
      booleans='--any-device --verbose --quiet'
      others='--shard --shards --input --checkpoint --device --workers --threads --log-file --log-level --config --write-config --help'
      ;;
    merge)
      booleans='--any-device --verbose --quiet'
      others='--input --checkpoint --device --workers --threads --log-file --log-level --config --write-config --help'
      ;;
    status)
      booleans='--json'
      others='--log-file --log-level --config --write-config --help'
      ;;
  esac

  # An option with several values goes on up to the next option. bash makes `=` a word of its own.
  [[ $word != '=' ]] || word=
  for ((i = COMP_CWORD - 1; i > 0; i -= 1)); do
    if [[ ${COMP_WORDS[i]} == -* ]]; then
      option=${COMP_WORDS[i]}
      break
    fi
  done
  local values=$((COMP_CWORD - i))
  [[ ${COMP_WORDS[i + 1]:-} != '=' ]] || values=$((values - 1))

  COMPREPLY=()
  if [[ $word == -* ]]; then
    local flag names="$booleans $others"
    if [[ $word == --no-* ]]; then
      for flag in $booleans; do names+=" --no-${flag#--}"; done
    fi
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
    return
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'align bench compare import live merge models plan points scenes status track work' -- "$word")
    return
  fi
  if [[ $command == import && -z $option ]]; then option=--input; fi
  if [[ $command == align || $command == compare || $command == points || $command == scenes ||
    $command == track ]]; then
    # The files that are read stand without an option, behind one that has its value too.
    if [[ -z $option || ($command != align && $option != --known && $values -gt 1) ]]; then option=--input; fi
  fi
  if [[ $command == merge || $command == status || $command == work ]]; then
    # The job is a folder, and stands without an option.
    if [[ -z $option ]]; then option=--output-dir values=1; fi
  fi
  if [[ ($command == align || $command == live || $command == scenes || $command == track) && $option == -o ]]; then option=--output; fi
  case $option in
    -i | --input | --output | --report | --json | --junit | --baseline | --mask | --video | --camera | --tapvid3d | --stats | --log-file)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    --cmap | --color-maps)
      mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --list-colormaps 2>/dev/null)" \
        -- "$word")
      return
      ;;
  esac
  [[ $values -eq 1 || $option == --qualities ]] || return 0
  if [[ $option == --scenes && $command != live ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -W 'auto none' -- "$word"; compgen -f -- "$word")
    return
  fi
  local words=''
  case $option in
    -o | --output-dir | -c | --checkpoint | --spool-dir | --work-dir | --picture)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return
      ;;
    -p | --preset) words='fast fast1024 full paper none' ;;
    --qualities | --against | -q | --quality) words='ultra_fast fast balanced quality ultra_quality paper' ;;
    --resample-method) words='BILINEAR BICUBIC NEAREST_EXACT' ;;
    --dtype) words='auto fp32 fp16 bf16' ;;
    --spool-dtype) words='u16 fp32' ;;
    --mode)
      words='offline streaming'
      [[ $command != live ]] || words='snippet frame'
      ;;
    --window) [[ $command == scenes ]] || words='32 16 8' ;;
    --scenes) words='auto none' ;;
    --view) words='depth side-by-side color' ;;
    --input-format) words='rawvideo' ;;
    --output-format) words='y4m rawvideo' ;;
    --output-pix-fmt) words='gray gray10le gray16le grayf32le rgb24' ;;
    --output-depth) words='8 10 16' ;;
    --range) words='shot clip' ;;
    --aligner) words='irls adam' ;;
    --depth-video) words='ffv1 h265' ;;
    --align) words='none scale affine affine-inverse' ;;
    --align-scope) words='clip frame' ;;
    --frame-base) words='0 1' ;;
    --coords) words='px norm percent' ;;
    --values) words='inverse metres' ;;
    --fit) words='least-squares robust' ;;
    --axes) words='opencv opengl' ;;
    --values) words='inverse metres' ;;
    --frames) [[ $command != compare ]] || words='same common' ;;
    --merge) words='weighted mean median' ;;
    --log-level) words='error warning info debug' ;;
    # cuda:N is left out: bash splits words at colons.
    --device) words='auto cpu cuda mps' ;;
    --workers | --shard) words='auto' ;;
    --res | --processing-resolution) words='0 384 512 768 1024' ;;
    *) [[ -z $option || " ${booleans//$'\n'/ } " != *" $option "* ]] || words='true false' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _rollingdepth rollingdepth
