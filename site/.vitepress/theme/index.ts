import '@fontsource-variable/source-serif-4/wght.css';
import '@fontsource-variable/source-serif-4/wght-italic.css';
import '@fontsource-variable/source-sans-3/wght.css';
import 'katex/dist/katex.min.css';
import './styles/base.css';
import './styles/page.css';
import './styles/figure.css';
import type { Theme } from 'vitepress';
import { defineAsyncComponent } from 'vue';
import SecantFigure from '../../components/derivatives/SecantFigure.vue';
import LiveNumber from '../../components/kit/LiveNumber.vue';
import Layout from './Layout.vue';

export default {
  Layout,
  enhanceApp({ app }) {
    app.component('SecantFigure', SecantFigure);
    app.component('LiveNumber', LiveNumber);
    // Everything below the first simulation is loaded when its page needs it.
    app.component('QuotientTable', defineAsyncComponent(() => import('../../components/derivatives/QuotientTable.vue')));
    app.component('ErrorFigure', defineAsyncComponent(() => import('../../components/derivatives/ErrorFigure.vue')));
    app.component('KinkFigure', defineAsyncComponent(() => import('../../components/derivatives/KinkFigure.vue')));
    app.component('CodeCell', defineAsyncComponent(() => import('../../components/derivatives/CodeCell.vue')));
    app.component(
      'DerivativeFigure',
      defineAsyncComponent(() => import('../../components/derivatives/DerivativeFigure.vue')),
    );
    app.component('KnowledgeCheck', defineAsyncComponent(() => import('../../components/KnowledgeCheck.vue')));
    app.component('EvidenceCard', defineAsyncComponent(() => import('../../components/EvidenceCard.vue')));
  },
} satisfies Theme;
